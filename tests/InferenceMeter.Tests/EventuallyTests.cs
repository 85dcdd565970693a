namespace InferenceMeter.Tests;

public sealed class EventuallyTests
{
    [Fact]
    public async Task What_becomes_true_is_returned_at_once()
    {
        var reads = 0;

        Assert.Equal(3, await Eventually.Get(() => ++reads, value => value == 3));
        Assert.Equal(3, reads);
    }

    [Fact]
    public async Task What_stays_false_fails_with_what_was_waited_for_and_the_last_value()
    {
        var failed = await Assert.ThrowsAsync<TimeoutException>(() =>
            Eventually.Get(() => 7, value => value > 8, deadline: TimeSpan.FromMilliseconds(5))
        );

        Assert.Equal("not within 0 s: value => value > 8; last seen: 7", failed.Message);
    }

    [Fact]
    public async Task What_cannot_become_true_any_more_fails_without_waiting()
    {
        var failed = await Assert.ThrowsAsync<TimeoutException>(() =>
            Eventually.Get(() => 7, value => value > 8, giveUp: () => "it has ended")
        );

        Assert.Equal("waited in vain for value => value > 8: it has ended; last seen: 7", failed.Message);
    }

    [Fact]
    public async Task A_read_that_hangs_fails_at_the_deadline() =>
        await Assert.ThrowsAsync<TimeoutException>(() =>
            Eventually.GetAsync(
                () => new TaskCompletionSource<int>().Task,
                value => value > 8,
                deadline: TimeSpan.FromMilliseconds(5)
            )
        );
}
