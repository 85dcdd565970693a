using InferenceMeter.Pricing;

namespace InferenceMeter.Composition;

/// <summary>Opens the source of a machine's price.</summary>
/// <param name="gpusUsed">GPUs that the model runs on.</param>
/// <param name="joules">
/// Energy of all devices so far, from hardware counters; <see langword="null"/> where there are none.
/// </param>
internal delegate IPriceSource OpenPriceSource(int gpusUsed, Func<double?> joules);

/// <summary>Where the price of the machine comes from, and how it is judged.</summary>
internal sealed record MachineCostOptions
{
    /// <summary>The source of the price.</summary>
    public required OpenPriceSource OpenSource { get; init; }

    /// <summary>Days after which a price is marked as stale.</summary>
    public int MaxPriceAgeDays { get; init; } = 90;

    /// <summary>Price of electricity in US dollars per kilowatt-hour; <see langword="null"/>: not known.</summary>
    public decimal? UsdPerKwh { get; init; }

    /// <summary>Power usage effectiveness: power of the site over power of its machines, 1 or more.</summary>
    public decimal Pue { get; init; } = 1;
}
