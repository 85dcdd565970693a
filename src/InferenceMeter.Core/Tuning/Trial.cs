using InferenceMeter.Metering;

namespace InferenceMeter.Tuning;

/// <summary>What a measured trial of a candidate showed.</summary>
public sealed record Trial
{
    public required Candidate Candidate { get; init; }

    /// <summary>Length of the measured part.</summary>
    public required double Seconds { get; init; }

    /// <summary>Throughput; <see langword="null"/> when it failed.</summary>
    public Estimate? ImagesPerSecond { get; init; }

    /// <summary>Cost on the wall basis.</summary>
    public double? UsdPerBillion { get; init; }

    /// <summary>99th percentile of latency.</summary>
    public double? P99Seconds { get; init; }

    /// <summary>From hardware counters; <see langword="null"/> without.</summary>
    public double? JoulesPerImage { get; init; }

    /// <summary>Of the device, or of this process on a CPU.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Why there is no figure, in a line.</summary>
    public string? Failure { get; init; }
}

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
