using System.Threading.Channels;
using InferenceMeter.Batching;
using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Pipeline;

/// <summary>
/// The feed of the <c>model</c> scope: batches decoded once, before anything is measured, and run over and over,
/// as MLPerf counts (its performance sample set lies in memory). Nothing is cached but the input: every batch is run in
/// full.
/// </summary>
internal sealed class ReadyTensors : IBatchFeed
{
    /// <summary>So many in a row, of a source that does not know how many images it has.</summary>
    private const long MostFailures = 1000;

    private readonly Channel<ImageBatch> _free = Channel.CreateUnbounded<ImageBatch>();

    // Bounded by the pool: there are never more ready batches than batches.
    private readonly Channel<ImageBatch> _ready = Channel.CreateUnbounded<ImageBatch>();
    private readonly List<ImageBatch> _batches = [];
    private readonly TimeProvider _time;
    private volatile int _full;

    /// <summary>Fills <c>options.Batches</c> full batches from <paramref name="source"/>.</summary>
    /// <exception cref="ImageSourceException">Not one image of the source could be decoded.</exception>
    public ReadyTensors(
        BatchingOptions options,
        IImageSource source,
        IImageDecoder decoder,
        int height,
        int width,
        TimeProvider time,
        IPixelMemory? memory = null
    )
    {
        (_time, _full) = (time, options.BatchSize);
        var failures = 0;
        for (var i = 0; i < options.Batches; i++)
        {
            var batch = new ImageBatch(options.BatchSize, height, width, memory);
            _batches.Add(batch);
            while (batch.Count < batch.Capacity)
            {
                if (failures > (source.DistinctImages ?? MostFailures) || !source.TryNext(out var image))
                    throw new ImageSourceException(
                        "no image of the source can be decoded, so there is nothing to make tensors of; give others"
                    )
                    {
                        Subject = ErrorSubject.Images,
                    };
                var failure =
                    image.Failure == ImageFailure.None
                        ? decoder.Decode(image.Bytes.Span, batch.Slot(batch.Count))
                        : image.Failure;
                if (failure == ImageFailure.None)
                {
                    batch.Ticket(batch.Count++) = new ImageTicket(image.Sequence, image.Name, 0);
                    failures = 0;
                }
                else
                {
                    failures++;
                }

                image.Release();
            }

            _free.Writer.TryWrite(batch);
        }
    }

    public ChannelReader<ImageBatch> Ready => _ready.Reader;

    public void Return(ImageBatch batch) => _free.Writer.TryWrite(batch);

    public void Idle(bool waits)
    {
        // There are no partial batches here.
    }

    public bool Requeue(ImageBatch batch) => _ready.Writer.TryWrite(batch);

    public void Limit(int images) => _full = Math.Min(_full, Math.Max(1, images));

    /// <summary>Hands batches out until <paramref name="stop"/>.</summary>
    public async Task RunAsync(PipelineRecorder recorder, CancellationToken stop)
    {
        try
        {
            long sequence = 0;
            while (!stop.IsCancellationRequested)
            {
                var batch = await _free.Reader.ReadAsync(stop);
                var now = _time.GetTimestamp();
                batch.Count = batch.FullCount = _full;
                for (var i = 0; i < batch.Count; i++)
                    batch.Ticket(i) = batch.Ticket(i) with { Sequence = sequence++, ArrivalTimestamp = now };
                recorder.HandedOut(batch.Count);
                _ready.Writer.TryWrite(batch);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop: nothing was handed out that is not on its way.
        }
        finally
        {
            _ready.Writer.TryComplete();
        }
    }

    public void Dispose()
    {
        foreach (var batch in _batches)
            batch.Dispose();
    }
}
