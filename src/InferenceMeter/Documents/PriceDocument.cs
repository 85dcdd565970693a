using InferenceMeter.Pricing;

namespace InferenceMeter.Documents;

/// <summary>A price.</summary>
/// <param name="UsdPerWorkingHour">
/// What an hour of work costs where it pays for unused hours too: of the bases busy, capacity and slo; absent where it is the same.
/// </param>
/// <param name="AgeDays">Since it held; its exchange rate's when that is older.</param>
/// <param name="Stale">Older than the limit of the settings.</param>
/// <param name="Gpus">GPUs that it pays for, where that is known.</param>
/// <param name="ExchangeRate">That it went through, where it was not in US dollars.</param>
/// <param name="Vcpus">Virtual CPUs of the machine that it is the price of, where that is known.</param>
/// <param name="Buys">What it buys where that is no whole machine: a GPU.</param>
/// <param name="OldestDate">The older of its date and its exchange rate's: what its age is reckoned from.</param>
/// <param name="Mismatches">What of the machine that it is the price of is not so here.</param>
/// <param name="Parts">What it is made of, USD per hour, where it is not one figure.</param>
internal sealed record PriceDocument(
    decimal UsdPerHour,
    decimal? UsdPerWorkingHour,
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
    int? Vcpus,
    string? Buys,
    string? SourceUrl,
    CurrencyRate? ExchangeRate,
    IReadOnlyDictionary<string, decimal>? Parts,
    DateOnly OldestDate,
    IReadOnlyList<string>? Mismatches
);
