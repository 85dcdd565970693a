namespace InferenceMeter.Runs;

/// <summary>What a run must satisfy to be VALID. Shares and relative widths are 0..1.</summary>
public sealed record RunRules
{
    /// <summary>The rules of everyday runs.</summary>
    public static RunRules Default { get; } = new();

    /// <summary>The lengths that a result quoted beside MLPerf needs: 600 s and 24,576 images.</summary>
    /// <remarks>MLPerf Inference rules, Offline scenario of ResNet-50.</remarks>
    public static RunRules MlPerf { get; } =
        new()
        {
            Name = "mlperf",
            MinSeconds = 600,
            MinImages = 24_576,
        };

    /// <summary>What the rules are called in settings and documents.</summary>
    public string Name { get; init; } = "default";

    /// <summary>Least length of the measured part, in seconds.</summary>
    public double MinSeconds { get; init; } = 60;

    /// <summary>Fewest images in it.</summary>
    public long MinImages { get; init; } = 1;

    /// <summary>Widest half-interval over its value.</summary>
    public double MaxRelativeHalfWidth { get; init; } = 0.05;

    /// <summary>Largest relative difference between the first and the last third.</summary>
    public double MaxDrift { get; init; } = 0.05;

    /// <summary>Largest share of CPU time that the hypervisor gave to others.</summary>
    public double MaxStolenShare { get; init; } = 0.02;

    /// <summary>Largest share of images that failed.</summary>
    public double MaxFailedShare { get; init; } = 0.01;
}
