using System.Threading.Channels;

namespace InferenceMeter.Batching;

/// <summary>
/// Turns single images into batches without copying them: decoders reserve a slot, write into it and commit it.
/// A full batch leaves at once, a partial one after <see cref="BatchingOptions.MaxBatchDelay"/> if nothing else is
/// waiting, and at once when
/// somebody waits for an image in it and an instance has nothing to do. Batches that somebody waits for go before the
/// others.
/// All batches come from one pool, so an engine that falls behind stops the decoders (back-pressure).
/// </summary>
public sealed class Batcher : IBatchFeed
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ImageBatch, OpenBatch> _batches = [];
    private readonly LinkedList<OpenBatch> _fillable = [];
    private readonly Queue<OpenBatch> _free = [];
    private readonly SemaphoreSlim _slotFreed = new(0);
    private readonly Channel<ImageBatch> _ready;
    private readonly BatchingOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private bool _timerArmed;
    private bool _completing;
    private int _waiting;
    private int _away;
    private int _full;
    private int _idle;
    private long _closed;

    /// <summary>Allocates all batches.</summary>
    /// <param name="options">Batch size, number of batches, delay.</param>
    /// <param name="height">Image height in pixels.</param>
    /// <param name="width">Image width in pixels.</param>
    /// <param name="time">Clock of the delay.</param>
    /// <param name="memory">Where the pixels lie.</param>
    public Batcher(BatchingOptions options, int height, int width, TimeProvider time, IPixelMemory? memory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _options = options;
        _time = time;
        _full = options.BatchSize;
        // Bounded by the pool: there are never more ready batches than batches.
        _ready = Channel.CreateUnboundedPrioritized(
            new UnboundedPrioritizedChannelOptions<ImageBatch> { Comparer = RequestedFirst }
        );
        for (var i = 0; i < options.Batches; i++)
        {
            var open = new OpenBatch(new ImageBatch(options.BatchSize, height, width, memory));
            _batches.Add(open.Batch, open);
            _free.Enqueue(open);
        }

        _timer = time.CreateTimer(_ => OnDelayPassed(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private static Comparer<ImageBatch> RequestedFirst { get; } =
        Comparer<ImageBatch>.Create(
            (one, other) => (!one.IsRequested, one.Order).CompareTo((!other.IsRequested, other.Order))
        );

    /// <summary>
    /// Batches in the order in which they closed, those that somebody waits for first; completes after
    /// <see cref="Complete"/> when the last one left.
    /// </summary>
    public ChannelReader<ImageBatch> Ready => _ready.Reader;

    /// <summary>Reserves a slot; waits while every batch is full, waiting or running.</summary>
    public async ValueTask<BatchSlot> ReserveAsync(CancellationToken cancellation)
    {
        BatchSlot slot;
        while (!TryReserve(out slot))
            await _slotFreed.WaitAsync(cancellation);
        return slot;
    }

    /// <summary>The image is in the slot.</summary>
    public void Commit(BatchSlot slot, in ImageTicket ticket)
    {
        lock (_gate)
        {
            slot.Open.Batch.Ticket(slot.Index) = ticket;
            slot.Open.Commit(slot.Index, _time.GetTimestamp());
            slot.Open.Batch.IsRequested |= ticket.Request is not null;
            slot.Open.Batch.WantsScores |= ticket.Request is { WantsScores: true };
            if (_idle > _ready.Reader.Count)
                SealRequested();
            EmitIfDone(slot.Open);
            if (slot.Open.Filled == 1 && !_timerArmed)
                ArmTimer();
        }
    }

    /// <summary>The image failed: its slot goes to the next one.</summary>
    public void Abandon(BatchSlot slot)
    {
        lock (_gate)
        {
            var wasFillable = slot.Open.HasFreeSlot;
            slot.Open.Abandon(slot.Index);
            if (!wasFillable && slot.Open.HasFreeSlot)
                _fillable.AddFirst(slot.Open);
            EmitIfDone(slot.Open);
            WakeWaiting(1);
        }
    }

    /// <inheritdoc/>
    public void Return(ImageBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        lock (_gate)
        {
            _free.Enqueue(_batches[batch]);
            WakeWaiting(batch.Capacity);
        }
    }

    /// <inheritdoc/>
    public void Idle(bool waits)
    {
        lock (_gate)
        {
            _idle += waits ? 1 : -1;
            if (waits && _idle > _ready.Reader.Count)
                SealRequested();
        }
    }

    /// <inheritdoc/>
    public bool Requeue(ImageBatch batch)
    {
        lock (_gate)
            return _ready.Writer.TryWrite(batch);
    }

    /// <inheritdoc/>
    public void Limit(int images)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        // A batch that is being filled keeps its size; who runs it splits it.
        lock (_gate)
            _full = Math.Min(_full, images);
    }

    /// <summary>No image will come any more: partial batches leave as soon as nothing is pending in them.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completing = true;
            SealFillable();
            CompleteIfEmpty();
        }
    }

    /// <summary>Frees all pixels; only after everything that runs on them has ended.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _slotFreed.Dispose();
        foreach (var batch in _batches.Keys)
            batch.Dispose();
    }

    private bool TryReserve(out BatchSlot slot)
    {
        lock (_gate)
        {
            if (_fillable.First is not { } node)
            {
                if (!_free.TryDequeue(out var open))
                {
                    _waiting++;
                    slot = default;
                    return false;
                }

                open.Open(_full);
                _away++;
                node = _fillable.AddLast(open);
            }

            slot = new BatchSlot(node.Value, node.Value.Reserve());
            if (!node.Value.HasFreeSlot)
                _fillable.Remove(node);
            return true;
        }
    }

    private void WakeWaiting(int slots)
    {
        var wake = Math.Min(slots, _waiting);
        if (wake == 0)
            return;
        _waiting -= wake;
        _slotFreed.Release(wake);
    }

    private void OnDelayPassed()
    {
        lock (_gate)
        {
            _timerArmed = false;
            // While batches are waiting for the engine nothing is won by sending a partial one after them.
            if (_ready.Reader.Count == 0)
                SealFillable();
            if (_fillable.First?.Value.Filled > 0)
                ArmTimer();
        }
    }

    private void ArmTimer()
    {
        _timerArmed = true;
        _timer.Change(_options.MaxBatchDelay, Timeout.InfiniteTimeSpan);
    }

    private void SealFillable()
    {
        for (var node = _fillable.First; node is not null; )
        {
            var (open, next) = (node.Value, node.Next);
            if (_completing || (open.Filled > 0 && _time.GetElapsedTime(open.FirstCommit) >= _options.MaxBatchDelay))
            {
                _fillable.Remove(node);
                open.Sealed = true;
                EmitIfDone(open);
            }

            node = next;
        }
    }

    private void SealRequested()
    {
        for (var node = _fillable.First; node is not null; )
        {
            var (open, next) = (node.Value, node.Next);
            if (open.Batch.IsRequested)
            {
                _fillable.Remove(node);
                open.Sealed = true;
                EmitIfDone(open);
            }

            node = next;
        }
    }

    private void EmitIfDone(OpenBatch open)
    {
        if (open.Emitted || open.Pending > 0 || (open.HasFreeSlot && !_completing))
            return;
        if (open.HasFreeSlot)
        {
            // A slot was abandoned after the source ended: nothing will fill it.
            _fillable.Remove(open);
            open.Sealed = true;
        }

        _away--;
        open.Emitted = true;
        open.Batch.Order = _closed++;
        if (open.Filled > 0)
            _ready.Writer.TryWrite(open.Close());
        else
            _free.Enqueue(open);
        CompleteIfEmpty();
    }

    private void CompleteIfEmpty()
    {
        if (_completing && _away == 0)
            _ready.Writer.TryComplete();
    }
}
