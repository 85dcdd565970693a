using InferenceMeter.Inference;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Runs;

/// <summary>One pair of segments, in images per second.</summary>
/// <param name="Pipeline">Of the pipeline.</param>
/// <param name="BareLoop">Of the bare loop.</param>
internal readonly record struct RunPair(double Pipeline, double BareLoop)
{
    /// <summary>The pipeline over the bare loop.</summary>
    public double Ratio => Pipeline / BareLoop;
}

/// <summary>How a paired run is cut.</summary>
internal sealed record PairedRunOptions
{
    private const int MinPairs = 3;

    /// <summary>Length of one segment.</summary>
    public required TimeSpan Segment { get; init; }

    /// <summary>Length of the whole run; at least three pairs are measured.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>Sessions side by side on each device.</summary>
    public required int Instances { get; init; }

    /// <summary>Images in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Pairs that are measured.</summary>
    public int Pairs => Math.Max(MinPairs, (int)(Length / (2 * Segment)));
}

/// <summary>
/// What the meter costs: short segments of the pipeline in turn with segments of a bare loop over the session alone (on
/// a
/// GPU: bound to memory of the device, so without copies) on the same graph, batch size, instances and threads, so that
/// a
/// machine whose speed drifts drifts under both.
/// </summary>
internal sealed class PairedRun : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly MeteredPipeline _metered;
    private readonly PairedRunOptions _options;
    private readonly BareLoops _loops;

    /// <summary>Opens the bare loops and warms them up.</summary>
    /// <exception cref="InferenceException">A loop cannot be opened.</exception>
    public PairedRun(RunSubject subject, PairedRunOptions options)
    {
        (_metered, _options) = (subject.Metered, options);
        _loops = new BareLoops(OpenLoops(_metered, options), _metered.Time);
    }

    /// <summary>Measures the pairs.</summary>
    /// <param name="segments">Of the pipeline.</param>
    /// <param name="work">The pipeline's run; the pairs end when it does.</param>
    /// <param name="progress">Told of each pair.</param>
    /// <param name="stop">Ends the run early.</param>
    public async Task<IReadOnlyList<RunPair>> RunAsync(
        PipelineSegment segments,
        Task work,
        IProgress<RunPair>? progress,
        CancellationToken stop
    )
    {
        var pairs = new List<RunPair>();
        await WarmUpAsync(work, stop);
        while (pairs.Count < _options.Pairs && !stop.IsCancellationRequested && !work.IsCompleted)
        {
            // In turns which goes first: a drift over a pair would otherwise always favour the same side.
            var bareFirst = pairs.Count % 2 == 1;
            var bare = bareFirst ? await _loops.RunAsync(_options.Segment) : 0;
            var pipeline = await segments.RunAsync(() => Task.Delay(_options.Segment, _metered.Time, stop));
            if (!bareFirst)
                bare = await _loops.RunAsync(_options.Segment);
            if (stop.IsCancellationRequested || work.IsCompleted)
                break;
            pairs.Add(new RunPair(pipeline, bare));
            progress?.Report(pairs[^1]);
        }

        return pairs;
    }

    public void Dispose() => _loops.Dispose();

    private static IEnumerable<Func<IBareLoop>> OpenLoops(MeteredPipeline metered, PairedRunOptions options) =>
        from device in metered.Devices.Cast<IDeviceSessionFactory>()
        from _ in Enumerable.Range(0, options.Instances)
        select (Func<IBareLoop>)(() => device.CreateBareLoop(options.BatchSize));

    /// <summary>Some batches of each instance: caches, page faults and the clock settle in that.</summary>
    private async Task WarmUpAsync(Task work, CancellationToken stop)
    {
        var batches = 4 * _options.Instances * _metered.Devices.Count;
        while (_metered.Counters.Snapshot().Batches < batches && !work.IsCompleted && !stop.IsCancellationRequested)
            await Task.WhenAny(work, Task.Delay(PollInterval, CancellationToken.None));
    }
}
