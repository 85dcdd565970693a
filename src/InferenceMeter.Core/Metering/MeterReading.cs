namespace InferenceMeter.Metering;

/// <summary>One observation of the meter. Timestamps are the meter's <see cref="TimeProvider.GetTimestamp"/>.</summary>
public sealed record MeterReading
{
    /// <summary>When it was read.</summary>
    public required long At { get; init; }

    /// <summary>What the figures are worth.</summary>
    public required MeasurementState State { get; init; }

    /// <summary>Why it is not steady, one line; <see langword="null"/> when it is.</summary>
    public string? StateReason { get; init; }

    /// <summary>When the meter was made.</summary>
    public required long StartedAt { get; init; }

    /// <summary>
    /// The end of warm-up, found once: no window reaches back beyond it. <see langword="null"/> while it has not ended.
    /// </summary>
    public long? SteadySince { get; init; }

    /// <summary>
    /// Windows <c>10s</c>, <c>1m</c>, <c>5m</c>, <c>start</c> (since the end of warm-up); empty before it.
    /// </summary>
    public IReadOnlyList<WindowReading> Windows { get; init; } = [];

    /// <summary>
    /// The best steady throughput shown so far over at least 10 s, images/s; kept when the state changes.
    /// </summary>
    public Estimate? Capacity { get; init; }

    /// <summary>Images per second over the last 10 s whatever the state, for display; never a result.</summary>
    public double? RecentImagesPerSecond { get; init; }

    /// <summary>
    /// All time since the end of warm-up in at most 39 parts of about equal length, the part in the making, and the
    /// silence since the last
    /// completion if it is longer than usual: what a run is judged by.
    /// </summary>
    public IReadOnlyList<MeterSegment> Segments { get; init; } = [];

    /// <summary>Images classified since the meter was made, warm-up included.</summary>
    public required long TotalImages { get; init; }

    /// <summary>Batches finished since the meter was made.</summary>
    public required long TotalBatches { get; init; }

    /// <summary>Seconds since the meter was made.</summary>
    public required double TotalWallSeconds { get; init; }

    /// <summary>Of those, seconds during which at least one batch was executing.</summary>
    public required double TotalBusySeconds { get; init; }

    /// <summary>Batches executing now.</summary>
    public required int InFlight { get; init; }

    /// <summary>The reading of a window; <see langword="null"/> when there is none yet.</summary>
    public WindowReading? Window(MeasurementWindow window) => Windows.FirstOrDefault(one => one.Window == window);
}

/// <summary>Part of a measurement, between two completions.</summary>
/// <param name="Images">Images completed in it.</param>
/// <param name="WallSeconds">Its length.</param>
/// <param name="BusySeconds">Time in it at which at least one batch was executing.</param>
public readonly record struct MeterSegment(long Images, double WallSeconds, double BusySeconds);
