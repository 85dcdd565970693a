using System.Threading.Channels;
using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Pipeline;

/// <summary>
/// <c>source -> (fetch) -> decode -> batch -> infer -> sink</c>: the one pipeline that the service, <c>--once</c>,
/// <c>bench</c> and load tests run. Queues are bounded and push back from right to left; no stage knows the one after
/// next.
/// </summary>
public sealed class InferencePipeline : IDisposable
{
    private readonly IImageSource _source;
    private readonly Func<IImageDecoder> _createDecoder;
    private readonly IReadOnlyList<IInferenceSessionFactory> _devices;
    private readonly PipelineOptions _options;
    private readonly PipelineRecorder _recorder;
    private readonly IClassificationOutput? _output;
    private readonly IBatchFeed _feed;
    private readonly DecodeQueue _decodeQueue;
    private readonly RequestGate _gate;
    private readonly Channel<SinkItem> _sinkQueue = Channel.CreateUnbounded<SinkItem>();
    private readonly List<ResilientSession> _sessions = [];
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private long _requested;
    private ImageSourceException? _loss;

    /// <summary>
    /// Allocates buffers and opens the sessions; in <c>model</c> scope also decodes the tensors. Nothing is measured
    /// yet.
    /// </summary>
    /// <param name="source">Images.</param>
    /// <param name="createDecoder">One a worker.</param>
    /// <param name="devices">
    /// One a device, all of the same model; each gets <c>options.Inference.Instances</c> sessions.
    /// </param>
    /// <param name="options">Effective settings.</param>
    /// <param name="recorder">Told what happens.</param>
    /// <param name="output">Receives the answers.</param>
    /// <exception cref="InferenceException">A session cannot be opened.</exception>
    /// <exception cref="ImageSourceException">In <c>model</c> scope: no image can be decoded.</exception>
    public InferencePipeline(
        IImageSource source,
        Func<IImageDecoder> createDecoder,
        IReadOnlyList<IInferenceSessionFactory> devices,
        PipelineOptions options,
        PipelineRecorder recorder,
        IClassificationOutput? output = null
    )
    {
        ArgumentNullException.ThrowIfNull(devices);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(recorder);
        _source = source;
        _createDecoder = createDecoder;
        _devices = devices;
        _options = options;
        _recorder = recorder;
        _output = output;
        (_decodeQueue, _gate) = (new DecodeQueue(2 * options.DecoderWorkers), new RequestGate(recorder.Time));
        _feed = CreateFeed();
        Health = new PipelineHealth([.. devices.Select(device => device.Device)], options.Inference.Instances);
        foreach (var instance in Health.Instances)
            _sessions.Add(
                new ResilientSession(
                    devices[instance.Device],
                    instance,
                    options.Resilience,
                    recorder.Time,
                    images => LimitBatches(instance.Device, images)
                )
            );
    }

    /// <summary>Whether it can work, and why not.</summary>
    public PipelineHealth Health { get; }

    /// <summary>
    /// Waiting items before a stage: images before <c>decode</c>, batches before <c>infer</c>, answers before
    /// <c>sink</c>.
    /// </summary>
    public int QueueDepth(Stage stage) =>
        stage switch
        {
            Stage.Decode => _decodeQueue.Count,
            Stage.Infer => _feed.Ready.Count,
            Stage.Sink => _sinkQueue.Reader.Count,
            _ => 0,
        };

    /// <summary>Holds the engine between two batches; the stages before it fill their queues and wait.</summary>
    public void Pause() => _open.Reset();

    /// <summary>Ends <see cref="Pause"/>.</summary>
    public void Resume() => _open.Set();

    /// <summary>
    /// Hands in an image that somebody waits for; it goes before those of the source. Its answer, failure or return
    /// untouched reaches the output
    /// once. How many are handed in at the same time is for the caller to bound.
    /// </summary>
    /// <param name="request">Who waits.</param>
    /// <param name="name">For messages.</param>
    /// <param name="bytes">Encoded, or pixels; they must not change before the answer.</param>
    /// <param name="arrival">Timestamp from which its latency counts.</param>
    /// <returns><see langword="false"/> when none are taken: the pipeline is stopping, or runs ready tensors.</returns>
    public bool TrySubmit(IImageRequest request, string name, ReadOnlyMemory<byte> bytes, long arrival)
    {
        if (_options.Scope == Scope.Model)
            return false;
        _recorder.HandedOut(1, requested: true);
        _gate.Began();
        if (
            _decodeQueue.TryAdd(
                EncodedImage.Requested(Interlocked.Increment(ref _requested), name, arrival, bytes, request)
            )
        )
            return true;
        _gate.Ended();
        _recorder.GivenUp(requested: true);
        return false;
    }

    /// <summary>Told once a submitted image was answered or given back.</summary>
    public void Answered() => _gate.Ended();

    /// <summary>
    /// Runs until the source is exhausted or <paramref name="stop"/>; what was handed out by then is finished.
    /// </summary>
    /// <param name="stop">No new image is asked for; what is in flight drains.</param>
    /// <param name="abandon">
    /// Also what is in flight is given up (counted as rejected), except batches already running.
    /// </param>
    /// <exception cref="InferenceException">
    /// Every device is lost; what was handed out is counted nevertheless.
    /// </exception>
    /// <exception cref="ImageSourceException">
    /// The images were lost before the last one; those before it are answered.
    /// </exception>
    public async Task RunAsync(CancellationToken stop, CancellationToken abandon)
    {
        // A stage that breaks (a full disk under the output, warn) stops the others instead of leaving them waiting for
        // it.
        using var broken = new CancellationTokenSource();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stop, broken.Token);
        using var abandoning = CancellationTokenSource.CreateLinkedTokenSource(abandon, broken.Token);
        var sink = Guard(
            new SinkStage(_sinkQueue.Reader, _feed, _output, _options, _devices[0].Model.Top, _recorder).RunAsync(),
            broken
        );
        var engine = EngineAsync(broken, abandoning.Token);
        try
        {
            try
            {
                await FeedAsync(broken, stopping.Token, abandoning.Token);
            }
            finally
            {
                // Also when a stage before it broke: what it still runs is answered, and its buffers are its own until
                // then.
                await engine;
            }
        }
        finally
        {
            // Left over only when no device is there to run it.
            while (_feed.Ready.TryRead(out var batch))
                _sinkQueue.Writer.TryWrite(SinkItem.GivenUp(batch));
            _sinkQueue.Writer.TryComplete();
            await sink;
        }

        if (Health.Lost)
            throw new InferenceException(
                $"{string.Join(" and ", _devices.Select(device => device.Device))} lost: {Health.Broken}"
            )
            {
                Fault = InferenceFault.DeviceLost,
            };
        if (_loss is not null)
            throw _loss;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var session in _sessions)
            session.Dispose();
        _feed.Dispose();
        _decodeQueue.Dispose();
        _open.Dispose();
    }

    private async Task EngineAsync(CancellationTokenSource broken, CancellationToken abandon)
    {
        await Task.WhenAll(
            _sessions.Zip(
                Health.Instances,
                (session, instance) =>
                    Guard(
                        new InferStage(_feed, session, instance, Health, _open, _sinkQueue.Writer, _recorder).RunAsync(
                            abandon
                        ),
                        broken
                    )
            )
        );
        // Nothing that is decoded from here on could be run.
        if (Health.Lost)
            await broken.CancelAsync();
    }

    private void LimitBatches(int device, int images)
    {
        if (Health.LimitBatches(device, images, _options.Batching.BatchSize))
            _feed.Limit(images);
    }

    private async Task FeedAsync(CancellationTokenSource broken, CancellationToken stop, CancellationToken abandon)
    {
        if (_feed is ReadyTensors tensors)
        {
            await tensors.RunAsync(_recorder, stop);
            return;
        }

        var batcher = (Batcher)_feed;
        var source = new SourceStage(_source, _decodeQueue, _options.Background, _gate, _recorder);
        try
        {
            await Task.WhenAll([
                Guard(Task.Run(() => source.RunAsync(stop), CancellationToken.None), broken),
                .. Enumerable
                    .Range(0, _options.DecoderWorkers)
                    .Select(_ => Guard(Task.Run(() => Decoder().RunAsync(abandon), CancellationToken.None), broken)),
            ]);
        }
        finally
        {
            batcher.Complete();
        }

        _loss = source.Loss;

        DecodeStage Decoder() => new(_decodeQueue, _createDecoder, batcher, _sinkQueue.Writer, _recorder);
    }

    private static async Task Guard(Task stage, CancellationTokenSource broken)
    {
        try
        {
            await stage;
        }
        catch
        {
            await broken.CancelAsync();
            throw;
        }
    }

    private IBatchFeed CreateFeed()
    {
        var (height, width, memory) = (_devices[0].Model.Height, _devices[0].Model.Width, _devices[0].PixelMemory);
        if (_options.Scope != Scope.Model)
            return new Batcher(_options.Batching, height, width, _recorder.Time, memory);
        using var decoder = _createDecoder();
        return new ReadyTensors(_options.Batching, _source, decoder, height, width, _recorder.Time, memory);
    }
}
