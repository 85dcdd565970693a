using InferenceMeter.LoadTesting;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.LoadTesting;

/// <summary>Runs of a few seconds against targets that are made up.</summary>
public sealed class LoadGeneratorTests
{
    private static readonly LoadPlan Server = new()
    {
        Scenario = Scenario.Server,
        Rate = 500,
        Seconds = 2,
        WarmUpSeconds = 0.2,
        BoundSeconds = 0.1,
    };

    [Fact]
    public async Task Now_and_then_a_stall_shows_in_p99_and_a_closed_loop_hides_it()
    {
        // 200 ms of standstill each second: a fifth of all arrivals falls into one.
        var open = await Run(
            new Stalling(TimeProvider.System, time => Delays.SlowAnswer(time)),
            Server with
            {
                Rate = 200,
                Seconds = 4,
            }
        );
        // Its clock is the target's, so that what else the machine does is not in its latencies.
        var time = new FakeTimeProvider();
        var stalling = new Stalling(
            time,
            passed =>
            {
                time.Advance(passed);
                return Task.CompletedTask;
            }
        );
        var closed = await Run(
            stalling,
            new LoadPlan
            {
                Scenario = Scenario.Closed,
                Concurrency = 1,
                Seconds = 4,
                WarmUpSeconds = 0.2,
            },
            time
        );

        Assert.True(open.Latency!.P99 > 0.15, $"p99 {open.Latency.P99}");
        Assert.True(open.Latency.P90 > 0.05, $"p90 {open.Latency.P90}");
        Assert.False(open.IsValid);
        // One query in some hundred sees each stall: the maximum tells, p99 does not.
        Assert.InRange(closed.Latency!.Max, 0.19, 0.21);
        Assert.InRange(closed.Latency.P99, 0.0009, 0.0011);
        Assert.Contains(open.Reasons, reason => reason.Contains("queries were late", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Queries_come_when_they_are_scheduled_and_each_is_counted_once()
    {
        var target = new Counting();

        var result = await Run(target, Server);

        Assert.Equal(ArrivalTimes.Poisson(500, Server.Seed).TakeWhile(at => at < 2).Count(), result.Queries);
        Assert.Equal(result.Queries + ArrivalTimes.Ramp(25, 500, 0.2, Server.Seed + 1).Count(), target.Asked);
        Assert.Equal(result.Queries, result.Ok + result.Rejected + result.Errors);
        Assert.NotNull(result.LagP99Seconds);
    }

    [Theory]
    [InlineData(Scenario.Server)]
    [InlineData(Scenario.Closed)]
    public async Task Rates_are_over_the_seconds_that_are_told(Scenario scenario)
    {
        // Sparse queries: the last answer comes well before the end.
        var result = await Run(
            new Counting(),
            Server with
            {
                Scenario = scenario,
                Rate = 5,
                Concurrency = 1,
                Seconds = 1,
                WarmUpSeconds = 0,
                BoundSeconds = 60,
            }
        );

        Assert.Equal(1, result.Seconds);
        Assert.Equal(result.Queries, result.ScheduledPerSecond * result.Seconds, 1e-9);
        Assert.Equal(Math.Round(result.SamplesPerSecond), result.SamplesPerSecond * result.Seconds, 1e-9);
    }

    [Fact]
    public async Task What_is_turned_away_is_late_and_said()
    {
        var result = await Run(
            new Counting { Outcome = i => i % 3 == 0 ? QueryOutcome.Rejected : QueryOutcome.Ok },
            // So wide that only those that are turned away are late, however busy the machine is.
            Server with
            {
                BoundSeconds = 60,
            }
        );
        var closed = await Run(
            new Counting { Outcome = i => i % 3 == 0 ? QueryOutcome.Error : QueryOutcome.Ok },
            new LoadPlan
            {
                Scenario = Scenario.Closed,
                Seconds = 1,
                WarmUpSeconds = 0,
                MaxErrors = 0.1,
            }
        );

        Assert.Equal(result.Rejected, result.Late);
        Assert.InRange((double)result.Rejected / result.Queries, 0.3, 0.37);
        Assert.False(result.IsValid);
        Assert.Contains("failed", Assert.Single(closed.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_queries_show_nothing()
    {
        var result = await Run(new Counting(), Server with { Rate = 50, Seconds = 1 });

        Assert.Contains(
            result.Reasons,
            reason =>
                reason.Contains("show nothing yet, 459 would", StringComparison.Ordinal)
                || reason.Contains("generator", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(Scenario.SingleStream, 1)]
    [InlineData(Scenario.MultiStream, 8)]
    [InlineData(Scenario.Offline, 1)]
    public async Task Queries_in_turn_never_overlap_beyond_their_number(Scenario scenario, int samples)
    {
        var target = new Counting { Wait = TimeSpan.FromMilliseconds(1) };

        var result = await Run(
            target,
            new LoadPlan
            {
                Scenario = scenario,
                Concurrency = 4,
                Seconds = 1,
                WarmUpSeconds = 0,
            }
        );

        Assert.Equal(scenario == Scenario.Offline ? 4 : 1, target.MostAtOnce);
        Assert.All(target.Samples, sample => Assert.InRange(sample, 0, 1023));
        // All but the last of each client, which may be answered after the measured second.
        Assert.InRange(result.SamplesPerSecond, (result.Ok - target.MostAtOnce) * samples, result.Ok * samples);
        Assert.True(target.Asked * samples == target.Samples.Count);
    }

    [Fact]
    public async Task Interrupted_it_tells_what_it_has()
    {
        using var stop = new CancellationTokenSource();
        var target = new Counting { Asking = StopAt(200, stop) };

        var result = await new LoadGenerator(target, Server with { Seconds = 600 }, TimeProvider.System)
            .RunAsync(stop.Token)
            .WaitAsync(Eventually.Deadline);

        Assert.True(result.Interrupted && result.Queries > 50);
        Assert.Contains("interrupted", result.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_never_answers_ends_as_unanswered()
    {
        using var stop = new CancellationTokenSource();
        var target = new Counting { Wait = Timeout.InfiniteTimeSpan, Asking = StopAt(200, stop) };

        var result = await new LoadGenerator(target, Server with { Seconds = 600 }, TimeProvider.System)
            .RunAsync(stop.Token)
            .WaitAsync(Eventually.Deadline);

        Assert.True(result.Queries > 50);
        Assert.Equal((0, result.Queries), (result.Ok, result.Errors));
        Assert.Contains(result.Reasons, reason => reason.StartsWith("no query was answered", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(100, 37)]
    [InlineData(10, 5000)]
    [InlineData(400, 0.5)]
    public async Task The_highest_rate_is_found_and_confirmed(double first, double peak)
    {
        var runs = new List<(LoadResult Result, bool Full)>();
        var search = new PeakSearch(
            (rate, seconds) => Task.FromResult(Made(rate, seconds, late: rate > peak)),
            (result, full) => runs.Add((result, full))
        );

        var found = await search.RunAsync(first, 5, 60, CancellationToken.None);

        Assert.InRange(found!.Plan.Rate, peak * 0.96, peak);
        Assert.Equal([true, true], runs[^2..].Select(run => run.Full && run.Result.IsValid));
        Assert.All(runs.Where(run => run.Full), run => Assert.Equal(60, run.Result.Plan.Seconds));
    }

    [Fact]
    public async Task Where_no_rate_holds_there_is_none() =>
        Assert.Null(
            await new PeakSearch(
                (rate, seconds) => Task.FromResult(Made(rate, seconds, late: true)),
                (_, _) => { }
            ).RunAsync(100, 5, 60, CancellationToken.None)
        );

    [Fact]
    public async Task A_rate_that_the_generator_does_not_keep_up_with_is_not_the_highest()
    {
        const double fastest = 50;
        var search = new PeakSearch(
            (rate, seconds) =>
                Task.FromResult(
                    Made(rate, seconds, late: rate > 100 * fastest) with
                    {
                        LagP99Seconds = rate > fastest ? 1 : 0,
                        Reasons = rate > fastest ? ["lag"] : [],
                    }
                ),
            (_, _) => { }
        );

        var found = await search.RunAsync(10, 5, 60, CancellationToken.None).WaitAsync(Eventually.Deadline);

        Assert.InRange(found!.Plan.Rate, fastest * 0.96, fastest);
    }

    private static LoadResult Made(double rate, double seconds, bool late)
    {
        var queries = (long)(rate * seconds);
        return new LoadResult
        {
            Plan = Server with { Rate = rate, Seconds = seconds },
            Seconds = seconds,
            Queries = queries,
            Ok = queries,
            Rejected = 0,
            Errors = 0,
            Late = late ? queries / 2 : 0,
            ScheduledPerSecond = rate,
            SamplesPerSecond = rate,
            Latency = null,
            LagP99Seconds = 0,
            LagMaxSeconds = 0,
            QueriesNeeded = 459,
            LastError = null,
            Interrupted = false,
            Reasons = late ? ["late"] : [],
        };
    }

    private static Task<LoadResult> Run(ILoadTarget target, LoadPlan plan, TimeProvider? time = null) =>
        new LoadGenerator(target, plan, time ?? TimeProvider.System)
            .RunAsync(CancellationToken.None)
            .WaitAsync(Eventually.Deadline);

    /// <summary>Stops a run at a query.</summary>
    private static Action<int> StopAt(int query, CancellationTokenSource stop) =>
        number =>
        {
            if (number == query)
                stop.Cancel();
        };

    /// <summary>Answers after a millisecond, but stands still for 200 ms of each second.</summary>
    private sealed class Stalling(TimeProvider time, Func<TimeSpan, Task> pass) : ILoadTarget
    {
        private readonly long _start = time.GetTimestamp();

        public string Description => "stalling";

        public string? LastError => null;

        public async ValueTask<QueryOutcome> SendAsync(ReadOnlyMemory<int> samples, CancellationToken cancellation)
        {
            var phase = time.GetElapsedTime(_start).TotalSeconds % 1;
            await pass(
                phase is > 0.5 and < 0.7
                    ? TimeSpan.FromSeconds(0.7 - phase) + TimeSpan.FromMilliseconds(1)
                    : TimeSpan.FromMilliseconds(1)
            );
            return QueryOutcome.Ok;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Counting : ILoadTarget
    {
        private int _asked;
        private int _atOnce;

        public Func<int, QueryOutcome> Outcome { get; init; } = _ => QueryOutcome.Ok;

        /// <summary>Told the number of each query.</summary>
        public Action<int> Asking { get; init; } = _ => { };

        public TimeSpan Wait { get; init; }

        public int Asked => _asked;

        public int MostAtOnce { get; private set; }

        public List<int> Samples { get; } = [];

        public string Description => "counting";

        public string? LastError => null;

        public async ValueTask<QueryOutcome> SendAsync(ReadOnlyMemory<int> samples, CancellationToken cancellation)
        {
            var number = Interlocked.Increment(ref _asked);
            lock (Samples)
            {
                Samples.AddRange(samples.ToArray());
                MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _atOnce));
            }

            Asking(number);
            if (Wait != TimeSpan.Zero)
                await Delays.SlowAnswer(Wait, cancellation);
            lock (Samples)
                _atOnce--;
            return Outcome(number);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
