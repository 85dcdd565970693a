namespace InferenceMeter.Metering;

/// <summary>Latency percentiles, each in seconds and within 1 % of the recorded value.</summary>
public sealed record LatencyPercentiles
{
    /// <summary>How many were recorded.</summary>
    public required long Count { get; init; }

    /// <summary>Median.</summary>
    public required double P50 { get; init; }

    /// <summary>90 of 100 were no slower.</summary>
    public required double P90 { get; init; }

    /// <summary>95 of 100 were no slower.</summary>
    public required double P95 { get; init; }

    /// <summary>99 of 100 were no slower.</summary>
    public required double P99 { get; init; }

    /// <summary>999 of 1,000 were no slower.</summary>
    public required double P999 { get; init; }
}
