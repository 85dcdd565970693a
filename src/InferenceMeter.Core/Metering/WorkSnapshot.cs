using InferenceMeter.Images;

namespace InferenceMeter.Metering;

/// <summary>The counts of all images at one instant, since the process started.</summary>
public sealed record WorkSnapshot
{
    private readonly double[] _busySeconds;

    internal WorkSnapshot(double[] busySeconds) => _busySeconds = busySeconds;

    /// <summary>By where images came from: the background load, then what was asked for.</summary>
    public required IReadOnlyList<SourceSnapshot> Sources { get; init; }

    /// <summary>What each device did.</summary>
    public required IReadOnlyList<DeviceWorkSnapshot> Devices { get; init; }

    /// <summary>The metric label <c>source</c> of the background load.</summary>
    public string Source => Sources[0].Source;

    /// <summary>Images that were given to the pipeline.</summary>
    public long HandedOut => Sources.Sum(source => source.HandedOut);

    /// <summary>Images classified.</summary>
    public long Ok => Devices.Sum(device => device.Ok);

    /// <summary>Images turned away before any work.</summary>
    public long Rejected => Sources.Sum(source => source.Rejected);

    /// <summary>Batches executed.</summary>
    public long Batches => Devices.Sum(device => device.Batches);

    /// <summary>Images that could not be classified, all reasons together.</summary>
    public long Failed => Sources.Sum(source => source.AllFailed);

    /// <summary>Images that could not be classified for this reason.</summary>
    public long FailedBy(ImageFailure reason) => Sources.Sum(source => source.FailedBy(reason));

    /// <summary>Time that a stage worked, in seconds, summed over its workers.</summary>
    public double BusySeconds(Stage stage) => _busySeconds[(int)stage];
}

/// <summary>What became of the images of one source.</summary>
public sealed record SourceSnapshot
{
    private readonly long[] _failed;

    internal SourceSnapshot(long[] failed) => _failed = failed;

    /// <summary>The metric label <c>source</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Images that it gave to the pipeline.</summary>
    public required long HandedOut { get; init; }

    /// <summary>Images classified, by device.</summary>
    public required IReadOnlyList<long> Ok { get; init; }

    /// <summary>Images that the model could not be run on, by device.</summary>
    public required IReadOnlyList<long> NotRun { get; init; }

    /// <summary>Images turned away before any work.</summary>
    public required long Rejected { get; init; }

    /// <summary>Images that could not be classified, all reasons together.</summary>
    public long AllFailed => _failed.Sum();

    /// <summary>Images that could not be classified for this reason.</summary>
    public long FailedBy(ImageFailure reason) => _failed[(int)reason];
}

/// <summary>What one device did since the process started.</summary>
/// <param name="Ok">Images classified.</param>
/// <param name="Failed">Images that it could not be run on.</param>
/// <param name="Batches">Batches executed.</param>
/// <param name="BusySeconds">Seconds of its instances' work, summed over them.</param>
public readonly record struct DeviceWorkSnapshot(long Ok, long Failed, long Batches, double BusySeconds);
