namespace InferenceMeter.LoadTesting;

/// <summary>
/// Sends queries as a scenario wants it and measures their latency from the instant at which they were scheduled, so
/// that a slow answer
/// hides nothing. Its own lag is measured apart.
/// </summary>
/// <param name="target">What is asked.</param>
/// <param name="plan">How.</param>
/// <param name="time">Clock.</param>
public sealed class LoadGenerator(ILoadTarget target, LoadPlan plan, TimeProvider time)
{
    /// <summary>More than these in flight is a target that has stopped, and memory that grows without end.</summary>
    private const int MostInFlight = 200_000;

    /// <summary>After the last query was sent.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly LoadRecorder _recorder = new(plan);
    private CancellationToken _given;
    private long _start;
    private int _inFlight;

    /// <summary>Queries and percentiles so far, for who watches.</summary>
    public (long Ok, long Rejected, long Errors, double Seconds, LoadLatency? Latency) Progress
    {
        get
        {
            var figures = _recorder.Read();
            return (
                figures.Ok,
                figures.Rejected,
                figures.Errors,
                _start == 0 ? 0 : Math.Max(0, Seconds(time.GetTimestamp()) - plan.WarmUpSeconds),
                figures.Latency
            );
        }
    }

    /// <summary>Runs once.</summary>
    /// <param name="stop">Ends it early; what was measured until then is reported.</param>
    public async Task<LoadResult> RunAsync(CancellationToken stop)
    {
        using var given = new CancellationTokenSource();
        _given = given.Token;
        _start = time.GetTimestamp();
        if (plan.IsOpen)
            await Task.Factory.StartNew(
                () => SendScheduled(stop),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
        else
            await SendInTurnAsync(stop);
        var interrupted = stop.IsCancellationRequested;
        var ended = time.GetTimestamp();
        // Who stops a run early does not wait for what is still under way, either.
        while (
            Volatile.Read(ref _inFlight) > 0
            && !stop.IsCancellationRequested
            && time.GetElapsedTime(ended) < LongestWait
        )
            await Task.Delay(TimeSpan.FromMilliseconds(5), time, CancellationToken.None);
        await given.CancelAsync();
        var drained = time.GetTimestamp();
        while (Volatile.Read(ref _inFlight) > 0 && time.GetElapsedTime(drained) < TimeSpan.FromSeconds(2))
            await Task.Delay(TimeSpan.FromMilliseconds(5), time, CancellationToken.None);
        return Result(interrupted);
    }

    private LoadResult Result(bool interrupted)
    {
        var figures = _recorder.Read();
        var queries = figures.Ok + figures.Rejected + figures.Errors;
        // When it was interrupted, the measured time ends with the last answer.
        var seconds = interrupted ? Math.Min(Math.Max(figures.LastAnswer, 1e-9), plan.Seconds) : plan.Seconds;
        return new LoadResult
        {
            Plan = plan,
            Seconds = seconds,
            Queries = queries,
            Ok = figures.Ok,
            Rejected = figures.Rejected,
            Errors = figures.Errors,
            Late = figures.Late,
            ScheduledPerSecond = queries / seconds,
            SamplesPerSecond = figures.Answered * plan.SamplesPerQuery / seconds,
            Latency = figures.Latency,
            LagP99Seconds = figures.LagP99,
            LagMaxSeconds = figures.LagMax,
            QueriesNeeded = EarlyStopping.QueriesNeeded(figures.Late, plan.Percentile),
            LastError = target.LastError,
            Interrupted = interrupted,
            Reasons = LoadRules.Check(plan, figures, seconds, interrupted, target.LastError),
        };
    }

    private void SendScheduled(CancellationToken stop)
    {
        var (end, samples) = (plan.WarmUpSeconds + plan.Seconds, new SampleOrder(plan));
        var first = plan.Scenario == Scenario.Ramp ? plan.FromRate : plan.Rate;
        var measured =
            plan.Scenario == Scenario.Ramp
                ? ArrivalTimes.Ramp(plan.FromRate, plan.Rate, plan.Seconds, plan.Seed)
                : ArrivalTimes.Poisson(plan.Rate, plan.Seed);
        // The rate comes gently: what is compiled and connected only then would fall behind a full one, and drag that
        // along.
        var warmUp =
            plan.WarmUpSeconds > 0
                ? ArrivalTimes.Ramp(first / 20, first, plan.WarmUpSeconds, unchecked(plan.Seed + 1))
                : [];
        var arrivals = warmUp.Concat(measured.Select(at => plan.WarmUpSeconds + at));
        var wait = new PreciseWait(time, stop);
        foreach (var arrival in arrivals)
        {
            if (arrival >= end || stop.IsCancellationRequested || Volatile.Read(ref _inFlight) > MostInFlight)
                return;
            var due = _start + (long)(arrival * time.TimestampFrequency);
            wait.Until(due);
            if (stop.IsCancellationRequested)
                return;
            if (arrival >= plan.WarmUpSeconds)
                _recorder.Sent(Math.Max(0, time.GetElapsedTime(due).TotalSeconds));
            _ = AskAsync(samples.Next(), due);
        }
    }

    private Task SendInTurnAsync(CancellationToken stop)
    {
        var clients = plan.Scenario is Scenario.Closed or Scenario.Offline ? plan.Concurrency : 1;
        return Task.WhenAll(
            Enumerable
                .Range(0, clients)
                .Select(client => Task.Run(() => ClientAsync(client, stop), CancellationToken.None))
        );
    }

    private async Task ClientAsync(int client, CancellationToken stop)
    {
        var samples = new SampleOrder(plan, client);
        while (!stop.IsCancellationRequested && Seconds(time.GetTimestamp()) < plan.WarmUpSeconds + plan.Seconds)
        {
            // A target that turns away at once must not be asked a million times a second.
            if (await AskAsync(samples.Next(), time.GetTimestamp()) != QueryOutcome.Ok)
                await Task.Delay(TimeSpan.FromMilliseconds(10), time, CancellationToken.None);
        }
    }

    private async Task<QueryOutcome> AskAsync(ReadOnlyMemory<int> samples, long due)
    {
        Interlocked.Increment(ref _inFlight);
        var outcome = QueryOutcome.Error;
        try
        {
            outcome = await target.SendAsync(samples, _given);
        }
        catch (OperationCanceledException)
        {
            // Given up at the end: it counts as unanswered.
        }
        finally
        {
            var now = time.GetTimestamp();
            if (Seconds(due) >= plan.WarmUpSeconds)
                _recorder.Done(outcome, time.GetElapsedTime(due, now).TotalSeconds, Seconds(now) - plan.WarmUpSeconds);
            if (
                outcome == QueryOutcome.Ok
                && Seconds(now) >= plan.WarmUpSeconds
                && Seconds(now) < plan.WarmUpSeconds + plan.Seconds
            )
                _recorder.Answered();
            Interlocked.Decrement(ref _inFlight);
        }

        return outcome;
    }

    private double Seconds(long timestamp) => time.GetElapsedTime(_start, timestamp).TotalSeconds;

    /// <summary>Draws from the set with replacement, the same for the same seed.</summary>
    private sealed class SampleOrder(LoadPlan plan, int client = 0)
    {
        private readonly Random _random = new(unchecked((plan.Seed * 31) + client + 1));

        public ReadOnlyMemory<int> Next()
        {
            var samples = new int[plan.SamplesPerQuery];
            for (var i = 0; i < samples.Length; i++)
                samples[i] = _random.Next(plan.Samples);
            return samples;
        }
    }
}
