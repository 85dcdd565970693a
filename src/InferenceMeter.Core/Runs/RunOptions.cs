using InferenceMeter.Metering;

namespace InferenceMeter.Runs;

/// <summary>When a run ends and what it is judged by.</summary>
internal sealed record RunOptions
{
    /// <summary>Length of the measured part in seconds; it begins when throughput has settled.</summary>
    public required double Seconds { get; init; }

    /// <summary>Fewest images in the measured part: it goes on until they are reached.</summary>
    public long Images { get; init; }

    /// <summary>Window of the meter whose length counts; that of 10 s for short runs.</summary>
    public MeasurementWindow Window { get; init; } = MeasurementWindow.SinceStart;

    /// <summary>Also wait until there is a confidence interval.</summary>
    public bool NeedsInterval { get; init; }

    /// <summary>
    /// How long a run may take to settle before it is given up; <see langword="null"/>: a minute and its own length.
    /// </summary>
    public TimeSpan? GiveUpAfter { get; init; }

    /// <summary>How often the meter is read.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(0.2);

    /// <summary>What makes the run valid.</summary>
    public RunRules Rules { get; init; } = RunRules.Default;
}
