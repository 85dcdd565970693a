namespace InferenceMeter.Metering;

/// <summary>
/// How throughput is judged. The defaults are what published figures use; change them only to study the meter itself.
/// </summary>
public sealed record MeterOptions
{
    /// <summary>
    /// Completions closer than this are one observation, which bounds five minutes to about 3,000 of them.
    /// </summary>
    public TimeSpan Resolution { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Nothing in flight and nothing completed for this long is <see cref="MeasurementState.Idle"/>.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Least time from the first completion to <see cref="MeasurementState.Steady"/>.</summary>
    public TimeSpan MinWarmUp { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Still not settled after this: <see cref="MeasurementState.Unstable"/>, and it goes on trying.</summary>
    public TimeSpan MaxWarmUp { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Relative half-width of the recent interval at or below which throughput may be called steady.</summary>
    public double SteadyHalfWidth { get; init; } = 0.10;

    /// <summary>
    /// Relative half-width above which it is no longer steady: wider than <see cref="SteadyHalfWidth"/>, so that the
    /// state does not flicker.
    /// </summary>
    public double UnstableHalfWidth { get; init; } = 0.20;

    /// <summary>
    /// Relative difference between two halves of the recent window that is always small enough to be steady.
    /// </summary>
    public double SteadyDrift { get; init; } = 0.03;

    /// <summary>
    /// Relative departure of the last 10 s from the level before, above which (when noise can't explain it) it is
    /// unstable.
    /// </summary>
    public double UnstableDrift { get; init; } = 0.10;

    /// <summary>Fewest groups that a confidence interval is made of.</summary>
    public int MinGroups { get; init; } = 8;
}
