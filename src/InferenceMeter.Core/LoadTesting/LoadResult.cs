namespace InferenceMeter.LoadTesting;

/// <summary>What a load run showed.</summary>
/// <param name="Plan">What was asked for.</param>
/// <param name="Seconds">Of the measured part, to its last answer.</param>
/// <param name="ScheduledPerSecond">Queries sent, per second of that.</param>
/// <param name="SamplesPerSecond">Samples answered in the measured time, whenever they were asked for, per second of it.</param>
/// <param name="LagP99Seconds">99th percentile of the time by which queries were sent after they were scheduled.</param>
/// <param name="Reasons">Why it is INVALID, each with what to do; none when it is VALID.</param>
public sealed record LoadResult(
    LoadPlan Plan,
    double Seconds,
    long Queries,
    long Ok,
    long Rejected,
    long Errors,
    long Late,
    double ScheduledPerSecond,
    double SamplesPerSecond,
    LoadLatency? Latency,
    double? LagP99Seconds,
    double? LagMaxSeconds,
    long QueriesNeeded,
    string? LastError,
    bool Interrupted,
    IReadOnlyList<string> Reasons
)
{
    /// <summary>Whether it may be quoted.</summary>
    public bool IsValid => Reasons.Count == 0;

    /// <summary>The percentile that the scenario is about, seconds.</summary>
    public double? TargetSeconds => Plan.Percentile < 0.95 ? Latency?.P90 : Latency?.P99;
}
