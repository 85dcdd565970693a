using InferenceMeter.Metering;

namespace InferenceMeter.Tuning;

/// <summary>What a measured trial of a candidate showed.</summary>
/// <param name="Seconds">Length of the measured part.</param>
/// <param name="ImagesPerSecond">Throughput; <see langword="null"/> when it failed.</param>
/// <param name="UsdPerBillion">Cost on the wall basis.</param>
/// <param name="P99Seconds">99th percentile of latency.</param>
/// <param name="JoulesPerImage">From hardware counters; <see langword="null"/> without.</param>
/// <param name="MemoryBytes">Of the device, or of this process on a CPU.</param>
/// <param name="Failure">Why there is no figure, in a line.</param>
public sealed record Trial(
    Candidate Candidate,
    double Seconds,
    Estimate? ImagesPerSecond,
    double? UsdPerBillion,
    double? P99Seconds,
    double? JoulesPerImage,
    long? MemoryBytes,
    string? Failure
);

/// <summary>What is to be best.</summary>
public enum Objective
{
    /// <summary>Dollars a billion images, the least.</summary>
    Usd,

    /// <summary>Images a second, the most.</summary>
    Images,

    /// <summary>Joules an image, the least.</summary>
    Joules,
}

/// <summary>What a configuration has to keep; <see langword="null"/> for no limit.</summary>
/// <param name="MaxP99Seconds">Latency.</param>
/// <param name="MaxMemoryBytes">Memory.</param>
public sealed record Constraints(double? MaxP99Seconds, long? MaxMemoryBytes)
{
    /// <summary>Which limit a trial breaks, in a few words.</summary>
    public string? Broken(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        if (trial.Failure is { } failure)
            return failure;
        if (trial.P99Seconds > MaxP99Seconds)
            return $"p99 {trial.P99Seconds * 1e3:0} ms, at most {MaxP99Seconds * 1e3:0} ms";
        if (trial.MemoryBytes > MaxMemoryBytes)
            return $"{trial.MemoryBytes / 1e6:0} MB, at most {MaxMemoryBytes / 1e6:0} MB";
        return null;
    }
}
