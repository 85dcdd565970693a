using InferenceMeter.Images;

namespace InferenceMeter.Metering;

/// <summary>The counts of one source at one instant, all since the process started.</summary>
public sealed record WorkSnapshot
{
    private readonly long[] _failed;
    private readonly double[] _busySeconds;

    internal WorkSnapshot(long[] failed, double[] busySeconds) => (_failed, _busySeconds) = (failed, busySeconds);

    /// <summary>The metric label <c>source</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Images that the source gave to the pipeline.</summary>
    public required long HandedOut { get; init; }

    /// <summary>Images classified.</summary>
    public long Ok => Devices.Sum(device => device.Ok);

    /// <summary>What each device did.</summary>
    public required IReadOnlyList<DeviceWorkSnapshot> Devices { get; init; }

    /// <summary>Images turned away before any work.</summary>
    public required long Rejected { get; init; }

    /// <summary>Batches executed.</summary>
    public long Batches => Devices.Sum(device => device.Batches);

    /// <summary>Images that could not be classified, all reasons together.</summary>
    public long Failed => _failed.Sum();

    /// <summary>Images that could not be classified for this reason.</summary>
    public long FailedBy(ImageFailure reason) => _failed[(int)reason];

    /// <summary>Time that a stage worked, in seconds, summed over its workers.</summary>
    public double BusySeconds(Stage stage) => _busySeconds[(int)stage];
}

/// <summary>What one device did since the process started.</summary>
/// <param name="Ok">Images classified.</param>
/// <param name="Failed">Images that it could not be run on.</param>
/// <param name="Batches">Batches executed.</param>
/// <param name="BusySeconds">Seconds of its instances' work, summed over them.</param>
public readonly record struct DeviceWorkSnapshot(long Ok, long Failed, long Batches, double BusySeconds);
