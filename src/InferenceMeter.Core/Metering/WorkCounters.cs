using InferenceMeter.Images;

namespace InferenceMeter.Metering;

/// <summary>
/// What was done with images since the process started, those of the background load and those that were asked for: the
/// truth that the API
/// and <c>/metrics</c> both read. Thread-safe; no method allocates except <see cref="Snapshot"/>.
/// </summary>
/// <param name="time">Whose timestamps <see cref="AddStageBusy"/> is given.</param>
/// <param name="source">The metric label <c>source</c> of the background load: <c>folder</c>, <c>synthetic</c>.</param>
/// <param name="devices">Devices that the images are run on; what one did is counted under its index.</param>
public sealed class WorkCounters(TimeProvider time, string source, int devices = 1)
{
    /// <summary>The metric label <c>source</c> of images that were asked for.</summary>
    public const string RequestSource = "request";

    private static readonly int Stages = Enum.GetValues<Stage>().Length;

    private readonly long[] _busy = new long[Stages];
    private readonly DeviceWork[] _devices = [.. Enumerable.Range(0, devices).Select(_ => new DeviceWork())];
    private readonly Outcomes _background = new(source, devices);
    private readonly Outcomes _requests = new(RequestSource, devices);

    /// <summary>Images that were given to the pipeline.</summary>
    public void AddHandedOut(int images = 1, bool requested = false) =>
        Interlocked.Add(ref Of(requested).HandedOut, images);

    /// <summary>Images classified.</summary>
    public void AddOk(int images = 1, int device = 0, bool requested = false) =>
        Interlocked.Add(ref Of(requested).Ok[device], images);

    /// <summary>
    /// Images that could not be classified, and why; <see cref="ImageFailure.None"/> is no failure and throws.
    /// </summary>
    public void AddFailed(ImageFailure reason, int images = 1, int device = 0, bool requested = false)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)reason, (int)ImageFailure.None, nameof(reason));
        Interlocked.Add(
            ref reason == ImageFailure.Inference
                ? ref Of(requested).NotRun[device]
                : ref Of(requested).Failed[(int)reason],
            images
        );
    }

    /// <summary>Images turned away before any work (queue full, no longer wanted, shutting down).</summary>
    public void AddRejected(int images = 1, bool requested = false) =>
        Interlocked.Add(ref Of(requested).Rejected, images);

    /// <summary>One batch was executed, whatever its outcome.</summary>
    public void AddBatch(int device = 0) => Interlocked.Increment(ref _devices[device].Batches);

    /// <summary>One worker of a stage worked for this long.</summary>
    /// <param name="stage">Which stage.</param>
    /// <param name="ticks">
    /// Difference of two <see cref="TimeProvider.GetTimestamp"/>; negative is counted as 0, a counter never falls.
    /// </param>
    /// <param name="device">Of <see cref="Stage.Infer"/>: which one worked.</param>
    public void AddStageBusy(Stage stage, long ticks, int device = 0) =>
        Interlocked.Add(
            ref stage == Stage.Infer ? ref _devices[device].BusyTicks : ref _busy[(int)stage],
            Math.Max(0, ticks)
        );

    /// <summary>
    /// The counts now. Each is exact; they are read one after another, so sums across them may differ by what is in
    /// flight.
    /// </summary>
    public WorkSnapshot Snapshot()
    {
        // Outcomes before what they come from: a snapshot never shows more answers than images.
        SourceSnapshot[] sources = [_background.Snapshot(), _requests.Snapshot()];
        var work = _devices
            .Select(
                (device, index) =>
                    new DeviceWorkSnapshot(
                        sources.Sum(source => source.Ok[index]),
                        sources.Sum(source => source.NotRun[index]),
                        Interlocked.Read(ref device.Batches),
                        (double)Interlocked.Read(ref device.BusyTicks) / time.TimestampFrequency
                    )
            )
            .ToArray();
        var busy = new double[Stages];
        for (var i = 0; i < busy.Length; i++)
            busy[i] = (double)Interlocked.Read(ref _busy[i]) / time.TimestampFrequency;
        busy[(int)Stage.Infer] = work.Sum(device => device.BusySeconds);
        return new WorkSnapshot(busy) { Sources = sources, Devices = work };
    }

    private Outcomes Of(bool requested) => requested ? _requests : _background;

    private sealed class DeviceWork
    {
        public long Batches;
        public long BusyTicks;
    }

    private sealed class Outcomes(string source, int devices)
    {
        private static readonly int Reasons = Enum.GetValues<ImageFailure>().Length;

        public readonly long[] Ok = new long[devices];
        public readonly long[] NotRun = new long[devices];
        public readonly long[] Failed = new long[Reasons];
        public long Rejected;
        public long HandedOut;

        public SourceSnapshot Snapshot()
        {
            var (ok, notRun, failed) = (Read(Ok), Read(NotRun), Read(Failed));
            failed[(int)ImageFailure.Inference] = notRun.Sum();
            var rejected = Interlocked.Read(ref Rejected);
            return new SourceSnapshot(failed)
            {
                Source = source,
                Ok = ok,
                NotRun = notRun,
                Rejected = rejected,
                HandedOut = Interlocked.Read(ref HandedOut),
            };
        }

        private static long[] Read(long[] counts)
        {
            var copy = new long[counts.Length];
            for (var i = 0; i < copy.Length; i++)
                copy[i] = Interlocked.Read(ref counts[i]);
            return copy;
        }
    }
}
