using InferenceMeter.Metering;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Metering;

public sealed class CompletionLogTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly long _start;
    private readonly CompletionLog _log;

    public CompletionLogTests()
    {
        _start = _time.GetTimestamp();
        _log = new CompletionLog(_time, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Completions_closer_than_the_resolution_are_one_entry_at_the_last_of_them()
    {
        foreach (var pause in new[] { 0, 30, 60, 10, 200 })
            Finish(pause, images: 5);
        Advance(100);

        // 0, 30 and 90 ms belong together; at 100 ms the next begins, at 300 ms another.
        Assert.Equal([(90, 15), (100, 20), (300, 25)], Entries());
    }

    [Fact]
    public void An_entry_that_may_still_grow_is_left_out_of_the_entries_but_not_of_the_totals()
    {
        Finish(0, images: 5);
        Advance(99);
        Assert.Empty(Entries());
        Assert.Equal(5, _log.CopyTo(new Completion[_log.Capacity], out _).Images);

        Advance(1);
        Assert.Equal([(0, 5)], Entries());
    }

    [Fact]
    public void The_newest_entries_are_kept_in_order_when_the_ring_has_gone_round()
    {
        const int Finished = 1000;
        for (var i = 0; i < Finished; i++)
            Finish(100, images: 1);
        var growing = Entries();
        Advance(100);
        var all = Entries();

        Assert.Equal(_log.Capacity - 1, growing.Length);
        Assert.Equal(_log.Capacity, all.Length);
        Assert.Equal(
            Enumerable.Range(Finished - all.Length + 1, all.Length).Select(i => (i * 100, (long)i)),
            all.Select(entry => (entry.Milliseconds, entry.Images))
        );
        Assert.Equal(all[..^1], growing);
    }

    [Fact]
    public void Finishing_more_than_was_started_does_not_break_the_count()
    {
        _log.Finished(3);
        _log.Started();
        Advance(10);

        var totals = _log.CopyTo(new Completion[_log.Capacity], out _);

        Assert.Equal((3, 1, 1), (totals.Images, totals.Batches, totals.InFlight));
        Assert.Equal(long.MaxValue, totals.EmptySince);
    }

    [Fact]
    public void Since_when_nothing_executes_is_the_end_of_the_last_batch()
    {
        _log.Started();
        _log.Started();
        Finish(10, 1);
        Finish(20, 1);
        Advance(500);

        var totals = _log.CopyTo(new Completion[_log.Capacity], out _);

        Assert.Equal(30, Milliseconds(totals.EmptySince));
        Assert.Equal(30, Milliseconds(_start + totals.BusyTicks));
    }

    [Fact]
    public void A_resolution_below_a_millisecond_is_refused_it_would_need_too_much_memory() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new CompletionLog(_time, TimeSpan.FromMicroseconds(999), TimeSpan.FromSeconds(1))
        );

    [Fact]
    public void Searching_by_time_finds_the_neighbours()
    {
        for (var i = 0; i < 5; i++)
            Finish(1000, 1);
        Advance(1000);
        var history = new CompletionHistory(_log, _time.TimestampFrequency);
        history.Refresh();

        Assert.Equal((-1, 0), (history.LastAtOrBefore(At(999)), history.FirstAtOrAfter(At(999))));
        Assert.Equal((0, 0), (history.LastAtOrBefore(At(1000)), history.FirstAtOrAfter(At(1000))));
        Assert.Equal((2, 3), (history.LastAtOrBefore(At(3500)), history.FirstAtOrAfter(At(3500))));
        Assert.Equal((4, 5), (history.LastAtOrBefore(At(9000)), history.FirstAtOrAfter(At(9000))));
    }

    private void Finish(int afterMilliseconds, int images)
    {
        Advance(afterMilliseconds);
        _log.Finished(images);
    }

    private void Advance(int milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));

    private long At(int milliseconds) => _start + milliseconds * _time.TimestampFrequency / 1000;

    private int Milliseconds(long at) => (int)((at - _start) * 1000 / _time.TimestampFrequency);

    private (int Milliseconds, long Images)[] Entries()
    {
        var entries = new Completion[_log.Capacity];
        _log.CopyTo(entries, out var count);
        return [.. entries.Take(count).Select(entry => (Milliseconds(entry.At), entry.Images))];
    }
}
