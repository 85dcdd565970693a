using System.Collections.Concurrent;
using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Tests.Pipeline;

public sealed class BareLoopsTests
{
    private readonly ConcurrentQueue<string> _order = [];

    [Fact]
    public async Task Each_loop_is_opened_run_in_every_segment_and_closed_on_one_thread_of_its_own()
    {
        var (first, second) = (new Loop(_order, "first"), new Loop(_order, "second"));

        using (var loops = new BareLoops([first.Open, second.Open], TimeProvider.System))
        {
            for (var segment = 0; segment < 3; segment++)
            {
                var before = _order.Count;
                await loops.RunAsync(TimeSpan.FromMilliseconds(5));
                var ran = _order.Skip(before).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
                Assert.Equal(["first ran", "second ran"], ran);
            }
        }

        var threads = new[] { first, second }.Select(loop => Assert.Single(loop.Threads.Distinct())).ToArray();
        Assert.NotEqual(threads[0], threads[1]);
        Assert.DoesNotContain(Environment.CurrentManagedThreadId, threads);
        Assert.Equal(
            ["first", "second"],
            _order
                .Where(entry => entry.EndsWith(" closed", StringComparison.Ordinal))
                .Select(entry => entry.Split(' ')[0])
        );
    }

    [Fact]
    public void A_loop_has_captured_its_graphs_before_the_next_one_is_opened()
    {
        var (first, second) = (new Loop(_order, "first"), new Loop(_order, "second"));

        using var loops = new BareLoops([first.Open, second.Open], TimeProvider.System);

        var entries = _order.ToArray();
        Assert.All(
            entries.TakeWhile(entry => entry != "second opened"),
            entry => Assert.StartsWith("first", entry, StringComparison.Ordinal)
        );
        Assert.True(entries.Count(entry => entry == "first ran") > CudaBuffers.RunsUntilCaptured);
    }

    [Fact]
    public void Loops_that_are_open_are_closed_when_another_cannot_be_opened()
    {
        var first = new Loop(_order, "first");

        Assert.Throws<InferenceException>(() =>
            new BareLoops([first.Open, () => throw new InferenceException("no session")], TimeProvider.System)
        );

        Assert.Contains("first closed", _order);
    }

    private sealed class Loop(ConcurrentQueue<string> order, string name) : IBareLoop
    {
        public ConcurrentQueue<int> Threads { get; } = [];

        public int BatchSize => 1;

        public Loop Open()
        {
            Note("opened");
            return this;
        }

        public void RunOnce() => Note("ran");

        public void Dispose() => Note("closed");

        private void Note(string what)
        {
            order.Enqueue($"{name} {what}");
            Threads.Enqueue(Environment.CurrentManagedThreadId);
        }
    }
}
