using InferenceMeter.Batching;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Batching;

public sealed class BatcherTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private Batcher _batcher = null!;

    public void Dispose() => _batcher?.Dispose();

    [Fact]
    public async Task A_full_batch_leaves_at_once_and_in_order()
    {
        Create(batchSize: 3);

        for (var i = 0; i < 3; i++)
            await CommitAsync(i);

        Assert.True(_batcher.Ready.TryRead(out var batch));
        Assert.Equal([0, 1, 2], Sequences(batch));
    }

    [Fact]
    public async Task A_partial_batch_waits_for_the_delay_and_no_longer()
    {
        Create(batchSize: 3);
        await CommitAsync(0);

        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(_batcher.Ready.TryRead(out _));
        _time.Advance(TimeSpan.FromMilliseconds(2));

        Assert.True(_batcher.Ready.TryRead(out var batch));
        Assert.Equal(1, batch.Count);
    }

    [Fact]
    public async Task A_partial_batch_stays_open_while_full_ones_wait_for_the_engine()
    {
        Create(batchSize: 2);
        for (var i = 0; i < 3; i++)
            await CommitAsync(i);

        _time.Advance(TimeSpan.FromSeconds(1));
        await CommitAsync(3);

        Assert.Equal(2, _batcher.Ready.Count);
        Assert.True(_batcher.Ready.TryRead(out _) && _batcher.Ready.TryRead(out var second) && second.Count == 2);
    }

    [Fact]
    public async Task What_somebody_waits_for_leaves_as_soon_as_an_instance_is_idle_and_not_before()
    {
        Create(batchSize: 4);
        await CommitAsync(0, asked: true);
        await CommitAsync(1);
        Assert.False(_batcher.Ready.TryRead(out _));

        _batcher.Idle(true);
        Assert.True(_batcher.Ready.TryRead(out var gathered));
        Assert.Equal([0, 1], Sequences(gathered));

        // It is idle still.
        await CommitAsync(2, asked: true);
        Assert.True(_batcher.Ready.TryRead(out var alone));
        Assert.Equal([2], Sequences(alone));
        _batcher.Idle(false);
        await CommitAsync(3, asked: true);
        Assert.False(_batcher.Ready.TryRead(out _));
    }

    [Fact]
    public async Task The_background_load_waits_for_company_also_while_an_instance_is_idle()
    {
        Create(batchSize: 3);
        _batcher.Idle(true);

        await CommitAsync(0);

        Assert.False(_batcher.Ready.TryRead(out _));
    }

    [Fact]
    public async Task Batches_that_somebody_waits_for_go_first()
    {
        Create(batchSize: 1, batches: 5);
        foreach (var (sequence, asked) in new[] { (0, false), (1, false), (2, true), (3, false), (4, true) })
            await CommitAsync(sequence, asked);

        var order = new List<long>();
        while (_batcher.Ready.TryRead(out var batch))
            order.AddRange(Sequences(batch));

        Assert.Equal([2, 4, 0, 1, 3], order);
    }

    [Fact]
    public async Task A_batch_forgets_that_somebody_waited_for_it()
    {
        Create(batchSize: 1, batches: 1);
        await CommitAsync(0, asked: true);
        Assert.True(_batcher.Ready.TryRead(out var batch));
        Assert.True(batch.IsRequested);
        _batcher.Return(batch);

        await CommitAsync(1);

        Assert.True(_batcher.Ready.TryRead(out batch));
        Assert.False(batch.IsRequested);
    }

    [Fact]
    public async Task A_slot_being_decoded_when_the_delay_passes_still_leaves_with_its_batch()
    {
        Create(batchSize: 3);
        await CommitAsync(0);
        var slow = await _batcher.ReserveAsync(default);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_batcher.Ready.TryRead(out _));
        _batcher.Commit(slow, new ImageTicket(1, "1", 0));

        Assert.True(_batcher.Ready.TryRead(out var batch));
        Assert.Equal([0, 1], Sequences(batch));
    }

    [Fact]
    public async Task An_abandoned_slot_goes_to_the_next_image_and_the_batch_is_still_full()
    {
        Create(batchSize: 3);
        var slots = new[]
        {
            await _batcher.ReserveAsync(default),
            await _batcher.ReserveAsync(default),
            await _batcher.ReserveAsync(default),
        };
        Commit(slots[0], 0);
        Commit(slots[2], 2);

        _batcher.Abandon(slots[1]);
        await CommitAsync(3);

        Assert.True(_batcher.Ready.TryRead(out var batch));
        Assert.Equal([0, 3, 2], Sequences(batch));
    }

    [Fact]
    public async Task Holes_are_closed_with_pixels_and_tickets_when_a_partial_batch_leaves()
    {
        Create(batchSize: 4);
        var slots = new List<BatchSlot>();
        for (var i = 0; i < 4; i++)
            slots.Add(await _batcher.ReserveAsync(default));
        foreach (var i in new[] { 1, 3 })
            Commit(slots[i], i);
        _batcher.Abandon(slots[0]);
        _batcher.Abandon(slots[2]);

        _batcher.Complete();

        Assert.True(_batcher.Ready.TryRead(out var batch));
        Assert.Equal([1, 3], Sequences(batch).Order());
        for (var i = 0; i < batch.Count; i++)
            Assert.Equal(batch.Ticket(i).Sequence, batch.Slot(i)[0]);
    }

    [Fact]
    public async Task Completion_sends_the_rest_and_then_ends_the_queue()
    {
        Create(batchSize: 4);
        await CommitAsync(0);
        var pending = await _batcher.ReserveAsync(default);

        _batcher.Complete();
        Assert.False(_batcher.Ready.Completion.IsCompleted);
        _batcher.Abandon(pending);

        Assert.True(_batcher.Ready.TryRead(out var batch) && batch.Count == 1);
        await _batcher.Ready.Completion;
    }

    [Fact]
    public async Task Completion_without_any_image_ends_the_queue()
    {
        Create(batchSize: 4);

        _batcher.Complete();

        await _batcher.Ready.Completion;
    }

    [Fact]
    public async Task When_all_batches_are_away_reserving_waits_for_one_to_come_back()
    {
        Create(batchSize: 1, batches: 1);
        await CommitAsync(0);
        Assert.True(_batcher.Ready.TryRead(out var batch));

        var waiting = _batcher.ReserveAsync(default).AsTask();
        Assert.False(waiting.IsCompleted);
        _batcher.Return(batch);

        Commit(await waiting, 1);
        Assert.True(_batcher.Ready.TryRead(out batch) && batch.Ticket(0).Sequence == 1);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 2, 4)]
    [InlineData(8, 5, 3)]
    public async Task Every_committed_image_leaves_exactly_once_whatever_fails_around_it(
        int batchSize,
        int batches,
        int workers
    )
    {
        Create(batchSize, batches);
        const int Images = 2000;
        var next = -1;
        var seen = new int[Images];

        var engine = Task.Run(async () =>
        {
            await foreach (var batch in _batcher.Ready.ReadAllAsync())
            {
                for (var i = 0; i < batch.Count; i++)
                    seen[batch.Ticket(i).Sequence]++;
                _batcher.Return(batch);
            }
        });
        await Task.WhenAll(
            Enumerable
                .Range(0, workers)
                .Select(_ =>
                    Task.Run(async () =>
                    {
                        while (Interlocked.Increment(ref next) is var image && image < Images)
                        {
                            var slot = await _batcher.ReserveAsync(default);
                            if (image % 7 == 3)
                                _batcher.Abandon(slot);
                            else
                                Commit(slot, image);
                        }
                    })
                )
        );
        _batcher.Complete();
        await engine;

        for (var image = 0; image < Images; image++)
            Assert.Equal(image % 7 == 3 ? 0 : 1, seen[image]);
    }

    private void Create(int batchSize, int batches = 3) =>
        _batcher = new Batcher(
            new BatchingOptions
            {
                BatchSize = batchSize,
                Batches = batches,
                MaxBatchDelay = TimeSpan.FromMilliseconds(100),
            },
            2,
            2,
            _time
        );

    private async Task CommitAsync(int sequence, bool asked = false) =>
        Commit(await _batcher.ReserveAsync(default), sequence, asked);

    private void Commit(BatchSlot slot, int sequence, bool asked = false)
    {
        slot.Pixels.Fill((byte)sequence);
        _batcher.Commit(slot, new ImageTicket(sequence, $"{sequence}", 0, asked ? new Asked() : null));
    }

    private sealed class Asked : InferenceMeter.Images.IImageRequest
    {
        public bool IsPixels => false;

        public bool IsWanted => true;

        public void Decoded(long started, long ended) { }

        public void Ran(in InferenceMeter.Images.BatchRun run) { }
    }

    private static long[] Sequences(ImageBatch batch) =>
        [.. Enumerable.Range(0, batch.Count).Select(i => batch.Ticket(i).Sequence)];
}
