namespace InferenceMeter.Documents;

/// <summary>A part of the money: where the machine's time went.</summary>
/// <param name="Stage">
/// <c>fetch</c>, <c>decode</c>, <c>batch</c>, <c>infer</c> or <c>idle</c>; together they are the cost on the wall
/// basis.
/// </param>
/// <param name="Share">Of that cost, 0..1.</param>
internal sealed record MoneyDocument(string Stage, decimal UsdPerBillionImages, double Share);
