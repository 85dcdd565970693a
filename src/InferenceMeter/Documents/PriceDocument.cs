using InferenceMeter.Pricing;

namespace InferenceMeter.Documents;

/// <summary>A price.</summary>
internal sealed record PriceDocument
{
    public required decimal UsdPerHour { get; init; }

    /// <summary>
    /// What an hour of work costs where it pays for unused hours too: of the bases busy, capacity and slo; absent where
    /// it is the same.
    /// </summary>
    public required decimal? UsdPerWorkingHour { get; init; }

    public required string Source { get; init; }

    public required DateOnly AsOf { get; init; }

    /// <summary>Since it held; its exchange rate's when that is older.</summary>
    public required int AgeDays { get; init; }

    /// <summary>Older than the limit of the settings.</summary>
    public required bool Stale { get; init; }

    public required string? Note { get; init; }

    public required string? Cloud { get; init; }

    public required string? Instance { get; init; }

    public required string? Region { get; init; }

    public required string? Purchase { get; init; }

    /// <summary>GPUs that it pays for, where that is known.</summary>
    public required int? Gpus { get; init; }

    /// <summary>Virtual CPUs of the machine that it is the price of, where that is known.</summary>
    public required int? Vcpus { get; init; }

    /// <summary>What it buys where that is no whole machine: a GPU.</summary>
    public required string? Buys { get; init; }

    public required string? SourceUrl { get; init; }

    /// <summary>That it went through, where it was not in US dollars.</summary>
    public required CurrencyRate? ExchangeRate { get; init; }

    /// <summary>What it is made of, USD per hour, where it is not one figure.</summary>
    public required IReadOnlyDictionary<string, decimal>? Parts { get; init; }

    /// <summary>The older of its date and its exchange rate's: what its age is reckoned from.</summary>
    public required DateOnly OldestDate { get; init; }

    /// <summary>What of the machine that it is the price of is not so here.</summary>
    public required IReadOnlyList<string>? Mismatches { get; init; }
}
