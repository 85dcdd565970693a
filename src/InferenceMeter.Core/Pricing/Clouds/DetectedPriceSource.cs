namespace InferenceMeter.Pricing.Clouds;

/// <summary>The price of the rented machine that this is found to be.</summary>
/// <param name="metadata">Finds it out.</param>
/// <param name="lookUp">
/// The price of a machine; throws <see cref="PriceException"/> when the price file lacks it.
/// </param>
/// <param name="purchase">
/// How it is bought, when the user knows better than the machine: a reservation; <see langword="null"/> for what it
/// says itself.
/// </param>
/// <param name="fallback">
/// The user's own price, for when it cannot be found out; <see langword="null"/> for none.
/// </param>
public sealed class DetectedPriceSource(
    CloudMetadata metadata,
    Func<CloudMachine, Price> lookUp,
    PurchaseOption? purchase,
    Price? fallback
) : IPriceSource
{
    /// <inheritdoc/>
    public TimeSpan? RefreshEvery => null;

    /// <inheritdoc/>
    public async Task<Price> ReadAsync(CancellationToken cancellation)
    {
        try
        {
            var machine = await metadata.DetectAsync(cancellation);
            if (purchase is { } bought)
                machine = machine with { Purchase = bought };
            var price = lookUp(machine);
            return price with
            {
                Note = string.IsNullOrEmpty(price.Note) ? $"detected: {machine}" : $"detected: {machine}; {price.Note}",
            };
        }
        catch (PriceException failed) when (fallback is not null)
        {
            return fallback with { Note = $"{failed.Message}; your price is used" };
        }
    }
}
