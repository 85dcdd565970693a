namespace InferenceMeter.Documents;

/// <summary>What a price is set to.</summary>
/// <param name="UsdPerHour">US dollars per hour of this machine, above 0 and at most 1,000,000.</param>
/// <param name="Note">What it is the price of; at most 200 characters.</param>
internal sealed record PriceRequest(decimal? UsdPerHour, string? Note);
