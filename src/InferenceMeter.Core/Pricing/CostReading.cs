using InferenceMeter.Metering;

namespace InferenceMeter.Pricing;

/// <summary>What a billion images cost, on one basis, over one window.</summary>
public sealed record CostReading
{
    /// <summary>What time is paid for.</summary>
    public required Basis Basis { get; init; }

    /// <summary>What the work includes.</summary>
    public required Scope Scope { get; init; }

    /// <summary><c>10s</c>, <c>1m</c>, <c>5m</c>, <c>start</c>.</summary>
    public required MeasurementWindow Window { get; init; }

    /// <summary>USD for one billion images.</summary>
    public required decimal UsdPerBillion { get; init; }

    /// <summary>Lower 95 % bound, from the upper bound of the throughput.</summary>
    public required decimal Low { get; init; }

    /// <summary>
    /// Upper 95 % bound, from the lower bound of the throughput; <see langword="null"/> when that is 0.
    /// </summary>
    public decimal? High { get; init; }

    /// <summary>Mean price over the window, USD per hour.</summary>
    public required decimal UsdPerHour { get; init; }

    /// <summary>Throughput behind it, images/s on the same basis.</summary>
    public required Estimate ImagesPerSecond { get; init; }
}
