using InferenceMeter.Pricing;

namespace InferenceMeter.Documents;

/// <summary>A price.</summary>
/// <param name="AgeDays">Since it held; its exchange rate's when that is older.</param>
/// <param name="Stale">Older than the limit of the settings.</param>
/// <param name="Gpus">GPUs that it pays for, where that is known.</param>
/// <param name="ExchangeRate">That it went through, where it was not in US dollars.</param>
/// <param name="Parts">What it is made of, USD per hour, where it is not one figure.</param>
internal sealed record PriceDocument(
    decimal UsdPerHour,
    string Source,
    DateOnly AsOf,
    int AgeDays,
    bool Stale,
    string? Note,
    string? Cloud,
    string? Instance,
    string? Region,
    string? Purchase,
    int? Gpus,
    string? SourceUrl,
    CurrencyRate? ExchangeRate,
    IReadOnlyDictionary<string, decimal>? Parts
);
