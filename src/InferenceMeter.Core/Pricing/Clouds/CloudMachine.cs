namespace InferenceMeter.Pricing.Clouds;

/// <summary>The rented machine that this program runs on, as its cloud names it.</summary>
/// <param name="Cloud"><c>aws</c>, <c>azure</c> or <c>gcp</c>.</param>
/// <param name="Instance">Type of machine: <c>g6.xlarge</c>.</param>
/// <param name="Region">Region: <c>eu-west-1</c>.</param>
/// <param name="Purchase">
/// Spot or on demand: no cloud tells a machine of a reservation, which is a matter of the bill.
/// </param>
public sealed record CloudMachine(string Cloud, string Instance, string Region, PurchaseOption Purchase)
{
    /// <summary>What a user reads: <c>g6.xlarge of aws in eu-west-1, spot</c>.</summary>
    public override string ToString() => $"{Instance} of {Cloud} in {Region}, {Purchase.Label()}";
}
