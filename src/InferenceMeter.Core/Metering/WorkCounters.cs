using InferenceMeter.Images;

namespace InferenceMeter.Metering;

/// <summary>
/// What was done with the images of one source since the process started: the truth that the API and <c>/metrics</c> both read.
/// Thread-safe; no method allocates except <see cref="Snapshot"/>.
/// </summary>
/// <param name="time">Whose timestamps <see cref="AddStageBusy"/> is given.</param>
/// <param name="source">The metric label <c>source</c>: <c>folder</c>, <c>synthetic</c>, <c>http</c>, ...</param>
/// <param name="devices">Devices that the images are run on; what one did is counted under its index.</param>
public sealed class WorkCounters(TimeProvider time, string source, int devices = 1)
{
    private static readonly int Reasons = Enum.GetValues<ImageFailure>().Length;
    private static readonly int Stages = Enum.GetValues<Stage>().Length;

    private readonly long[] _failed = new long[Reasons];
    private readonly long[] _busy = new long[Stages];
    private readonly DeviceWork[] _devices = [.. Enumerable.Range(0, devices).Select(_ => new DeviceWork())];
    private long _handedOut;
    private long _rejected;

    /// <summary>The metric label <c>source</c>.</summary>
    public string Source { get; } = source;

    /// <summary>Images that the source gave to the pipeline.</summary>
    public void AddHandedOut(int images = 1) => Interlocked.Add(ref _handedOut, images);

    /// <summary>Images classified.</summary>
    public void AddOk(int images = 1, int device = 0) => Interlocked.Add(ref _devices[device].Ok, images);

    /// <summary>Images that could not be classified, and why; <see cref="ImageFailure.None"/> is no failure and throws.</summary>
    public void AddFailed(ImageFailure reason, int images = 1, int device = 0)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)reason, (int)ImageFailure.None, nameof(reason));
        Interlocked.Add(ref reason == ImageFailure.Inference ? ref _devices[device].Failed : ref _failed[(int)reason], images);
    }

    /// <summary>Images turned away before any work (queue full, shutting down).</summary>
    public void AddRejected(int images = 1) => Interlocked.Add(ref _rejected, images);

    /// <summary>One batch was executed, whatever its outcome.</summary>
    public void AddBatch(int device = 0) => Interlocked.Increment(ref _devices[device].Batches);

    /// <summary>One worker of a stage worked for this long.</summary>
    /// <param name="stage">Which stage.</param>
    /// <param name="ticks">Difference of two <see cref="TimeProvider.GetTimestamp"/>; negative is counted as 0, a counter never falls.</param>
    /// <param name="device">Of <see cref="Stage.Infer"/>: which one worked.</param>
    public void AddStageBusy(Stage stage, long ticks, int device = 0) =>
        Interlocked.Add(ref stage == Stage.Infer ? ref _devices[device].BusyTicks : ref _busy[(int)stage], Math.Max(0, ticks));

    /// <summary>The counts now. Each is exact; they are read one after another, so sums across them may differ by what is in flight.</summary>
    public WorkSnapshot Snapshot()
    {
        // Outcomes before what they come from: a snapshot never shows more answers than images.
        var work = _devices.Select(device => device.Snapshot(time.TimestampFrequency)).ToArray();
        var failed = new long[Reasons];
        for (var i = 0; i < failed.Length; i++) failed[i] = Interlocked.Read(ref _failed[i]);
        var busy = new double[Stages];
        for (var i = 0; i < busy.Length; i++) busy[i] = (double)Interlocked.Read(ref _busy[i]) / time.TimestampFrequency;
        failed[(int)ImageFailure.Inference] = work.Sum(device => device.Failed);
        busy[(int)Stage.Infer] = work.Sum(device => device.BusySeconds);
        var rejected = Interlocked.Read(ref _rejected);
        return new WorkSnapshot(failed, busy)
        {
            Source = Source,
            Devices = work,
            Rejected = rejected,
            HandedOut = Interlocked.Read(ref _handedOut),
        };
    }

    private sealed class DeviceWork
    {
        public long Ok;
        public long Failed;
        public long Batches;
        public long BusyTicks;

        public DeviceWorkSnapshot Snapshot(long ticksPerSecond) => new(
            Interlocked.Read(ref Ok), Interlocked.Read(ref Failed), Interlocked.Read(ref Batches), (double)Interlocked.Read(ref BusyTicks) / ticksPerSecond);
    }
}
