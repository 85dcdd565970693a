namespace InferenceMeter.LoadTesting;

/// <summary>What a load run showed.</summary>
public sealed record LoadResult
{
    /// <summary>What was asked for.</summary>
    public required LoadPlan Plan { get; init; }

    /// <summary>
    /// Length of the measured part, over which the rates are: as planned, or to the last answer of a run that was
    /// interrupted.
    /// </summary>
    public required double Seconds { get; init; }

    public required long Queries { get; init; }

    public required long Ok { get; init; }

    public required long Rejected { get; init; }

    public required long Errors { get; init; }

    public required long Late { get; init; }

    /// <summary>Queries sent, per second of that.</summary>
    public required double ScheduledPerSecond { get; init; }

    /// <summary>Samples answered in the measured time, whenever they were asked for, per second of it.</summary>
    public required double SamplesPerSecond { get; init; }

    public required LoadLatency? Latency { get; init; }

    /// <summary>99th percentile of the time by which queries were sent after they were scheduled.</summary>
    public required double? LagP99Seconds { get; init; }

    public required double? LagMaxSeconds { get; init; }

    public required long QueriesNeeded { get; init; }

    public required string? LastError { get; init; }

    public required bool Interrupted { get; init; }

    /// <summary>Why it is INVALID, each with what to do; none when it is VALID.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Whether it may be quoted.</summary>
    public bool IsValid => Reasons.Count == 0;
}
