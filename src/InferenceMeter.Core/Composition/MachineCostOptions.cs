using InferenceMeter.Pricing;

namespace InferenceMeter.Composition;

/// <summary>Where the price of the machine comes from, and how it is judged.</summary>
internal sealed record MachineCostOptions
{
    /// <summary>Where the price comes from.</summary>
    public required PriceOptions Price { get; init; }

    /// <summary>Days after which a price is marked as stale.</summary>
    public int MaxPriceAgeDays { get; init; } = 90;

    /// <summary>Price of electricity in US dollars per kilowatt-hour; <see langword="null"/>: not known.</summary>
    public decimal? UsdPerKwh => Price.UsdPerKwh;

    /// <summary>Power usage effectiveness: power of the site over power of its machines, 1 or more.</summary>
    public decimal Pue => Price.Pue;
}
