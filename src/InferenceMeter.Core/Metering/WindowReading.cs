namespace InferenceMeter.Metering;

/// <summary>
/// What was seen between two completions, the first at or before the window's start (never before the end of warm-up)
/// and the last in it;
/// up to the moment of reading when nothing has completed for longer than the window's own gaps explain.
/// </summary>
public sealed record WindowReading
{
    /// <summary>Which window this is.</summary>
    public required MeasurementWindow Window { get; init; }

    /// <summary>Timestamp it begins at; its images completed after it.</summary>
    public required long From { get; init; }

    /// <summary>Timestamp it ends at.</summary>
    public required long To { get; init; }

    /// <summary>Images completed in it.</summary>
    public required long Images { get; init; }

    /// <summary>Its length in seconds, idle time included; at first shorter than its name.</summary>
    public required double WallSeconds { get; init; }

    /// <summary>Seconds of it during which at least one batch was executing.</summary>
    public required double BusySeconds { get; init; }

    /// <summary>
    /// Throughput over all its time; <see langword="null"/> unless the reading is steady and an interval can be given.
    /// </summary>
    public Estimate? ImagesPerSecond { get; init; }

    /// <summary>Throughput over its busy time; <see langword="null"/> like <see cref="ImagesPerSecond"/>.</summary>
    public Estimate? ImagesPerBusySecond { get; init; }
}
