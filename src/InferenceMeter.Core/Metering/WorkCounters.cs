using InferenceMeter.Images;

namespace InferenceMeter.Metering;

/// <summary>
/// What was done with the images of one source since the process started: the truth that the API and <c>/metrics</c> both read.
/// Thread-safe; no method allocates except <see cref="Snapshot"/>.
/// </summary>
/// <param name="time">Whose timestamps <see cref="AddStageBusy"/> is given.</param>
/// <param name="source">The metric label <c>source</c>: <c>folder</c>, <c>synthetic</c>, <c>http</c>, ...</param>
public sealed class WorkCounters(TimeProvider time, string source)
{
    private static readonly int Reasons = Enum.GetValues<ImageFailure>().Length;
    private static readonly int Stages = Enum.GetValues<Stage>().Length;

    private readonly long[] _failed = new long[Reasons];
    private readonly long[] _busy = new long[Stages];
    private long _handedOut;
    private long _ok;
    private long _rejected;
    private long _batches;

    /// <summary>The metric label <c>source</c>.</summary>
    public string Source { get; } = source;

    /// <summary>Images that the source gave to the pipeline.</summary>
    public void AddHandedOut(int images = 1) => Interlocked.Add(ref _handedOut, images);

    /// <summary>Images classified.</summary>
    public void AddOk(int images = 1) => Interlocked.Add(ref _ok, images);

    /// <summary>Images that could not be classified, and why; <see cref="ImageFailure.None"/> is no failure and throws.</summary>
    public void AddFailed(ImageFailure reason, int images = 1)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)reason, (int)ImageFailure.None, nameof(reason));
        Interlocked.Add(ref _failed[(int)reason], images);
    }

    /// <summary>Images turned away before any work (queue full, shutting down).</summary>
    public void AddRejected(int images = 1) => Interlocked.Add(ref _rejected, images);

    /// <summary>One batch was executed, whatever its outcome.</summary>
    public void AddBatch() => Interlocked.Increment(ref _batches);

    /// <summary>One worker of a stage worked for this long.</summary>
    /// <param name="stage">Which stage.</param>
    /// <param name="ticks">Difference of two <see cref="TimeProvider.GetTimestamp"/>; negative is counted as 0, a counter never falls.</param>
    public void AddStageBusy(Stage stage, long ticks) => Interlocked.Add(ref _busy[(int)stage], Math.Max(0, ticks));

    /// <summary>The counts now. Each is exact; they are read one after another, so sums across them may differ by what is in flight.</summary>
    public WorkSnapshot Snapshot()
    {
        // Outcomes before what they come from: a snapshot never shows more answers than images.
        var failed = new long[Reasons];
        for (var i = 0; i < failed.Length; i++) failed[i] = Interlocked.Read(ref _failed[i]);
        var busy = new double[Stages];
        for (var i = 0; i < busy.Length; i++) busy[i] = (double)Interlocked.Read(ref _busy[i]) / time.TimestampFrequency;
        var (ok, rejected, batches) = (Interlocked.Read(ref _ok), Interlocked.Read(ref _rejected), Interlocked.Read(ref _batches));
        return new WorkSnapshot(failed, busy)
        {
            Source = Source,
            Ok = ok,
            Rejected = rejected,
            Batches = batches,
            HandedOut = Interlocked.Read(ref _handedOut),
        };
    }
}
