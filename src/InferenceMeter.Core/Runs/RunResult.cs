using InferenceMeter.Metering;

namespace InferenceMeter.Runs;

/// <summary>The facts of one bounded measurement; what they are worth is <see cref="RunVerdict"/>'s to say.</summary>
public sealed record RunResult
{
    /// <summary>What the measured work includes.</summary>
    public required Scope Scope { get; init; }

    /// <summary>Images classified in the measured part (after warm-up).</summary>
    public required long ImagesOk { get; init; }

    /// <summary>Images that failed, whatever the reason.</summary>
    public long ImagesFailed { get; init; }

    /// <summary>Of those, images that the model could not be run on.</summary>
    public long ImagesFailedInInference { get; init; }

    /// <summary>Batches executed.</summary>
    public long Batches { get; init; }

    /// <summary>Seconds before the measured part.</summary>
    public double WarmUpSeconds { get; init; }

    /// <summary>
    /// Length of the measured part in seconds, from the end of warm-up; 0 when a steady state was never reached.
    /// </summary>
    public required double DurationSeconds { get; init; }

    /// <summary>Seconds of it during which at least one batch was executing.</summary>
    public double BusySeconds { get; init; }

    /// <summary>Whether a steady state was ever reached.</summary>
    public required bool ReachedSteady { get; init; }

    /// <summary>Throughput of the measured part; <see langword="null"/> when no interval can be given.</summary>
    public Estimate? ImagesPerSecond { get; init; }

    /// <summary>Throughput over busy time.</summary>
    public Estimate? ImagesPerBusySecond { get; init; }

    /// <summary>The measured part in about equal pieces, oldest first.</summary>
    public IReadOnlyList<MeterSegment> Segments { get; init; } = [];

    /// <summary>Share of the measured time that each stage worked, per worker: 0..1.</summary>
    public IReadOnlyDictionary<Stage, double> StageBusyShares { get; init; } = new Dictionary<Stage, double>();

    /// <summary>
    /// Share of CPU time that the hypervisor gave to others, 0..1; <see langword="null"/> when unknown.
    /// </summary>
    public double? CpuStolenShare { get; init; }

    /// <summary>Whether the device was held back (clock, power, quota); <see langword="null"/> when unknown.</summary>
    public bool? DeviceThrottled { get; init; }

    /// <summary>Every device was lost before the run was over.</summary>
    public bool DeviceLost { get; init; }

    /// <summary>Most processes seen on a device beside this one; <see langword="null"/> when unknown.</summary>
    public int? OtherProcesses { get; init; }

    /// <summary>Latency percentiles in seconds, where requests were timed.</summary>
    public LatencyPercentiles? Latency { get; init; }

    /// <summary>
    /// Takes duration, throughput and segments from the meter at the end of a run; outcomes come from the counters.
    /// </summary>
    /// <param name="reading">The last reading of the run.</param>
    /// <param name="scope">What the measured work includes.</param>
    public static RunResult From(MeterReading reading, Scope scope)
    {
        var window = reading.Window(MeasurementWindow.SinceStart);
        return new RunResult
        {
            Scope = scope,
            ImagesOk = window?.Images ?? 0,
            Batches = reading.TotalBatches,
            DurationSeconds = window?.WallSeconds ?? 0,
            BusySeconds = window?.BusySeconds ?? 0,
            WarmUpSeconds = Math.Max(0, reading.TotalWallSeconds - (window?.WallSeconds ?? 0)),
            ReachedSteady = reading.SteadySince is not null,
            ImagesPerSecond = RatioEstimate.Of([.. reading.Segments], busy: false),
            ImagesPerBusySecond = RatioEstimate.Of([.. reading.Segments], busy: true),
            Segments = reading.Segments,
        };
    }
}
