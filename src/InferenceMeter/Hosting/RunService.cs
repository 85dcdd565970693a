using InferenceMeter.Metering;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Hosting;

/// <summary>A run that is under way.</summary>
/// <param name="Seconds">Length of the measured part that was asked for.</param>
/// <param name="MeasuredSeconds">So far; <see langword="null"/> during warm-up.</param>
internal sealed record RunningRun(string Id, DateTimeOffset StartedAt, int Seconds, double? MeasuredSeconds);

/// <summary>Bounded runs on the pipeline that serves, one at a time, each with a meter of its own: same images, same sessions, a verdict.</summary>
internal sealed class RunService(MeterParts parts, RunArchive archive) : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(0.2);

    private readonly Lock _gate = new();
    private Active? _active;

    /// <summary>The run under way; <see langword="null"/> when there is none.</summary>
    public RunningRun? Running
    {
        get
        {
            lock (_gate)
                return _active?.Describe();
        }
    }

    /// <summary>Finished ones.</summary>
    public RunArchive Archive => archive;

    /// <summary>Begins a run.</summary>
    /// <param name="seconds">Length of the measured part, which begins when throughput has settled.</param>
    /// <param name="running">It, or the one that is in its way.</param>
    /// <returns>Whether it was begun: one at a time.</returns>
    public bool TryStart(int seconds, out RunningRun running)
    {
        lock (_gate)
        {
            if (_active is not null)
            {
                running = _active.Describe();
                return false;
            }

            var run = new RunRecorder(new ThroughputMeter(parts.Time, new MeterOptions()), new LatencyHistogram());
            var active = new Active(new BenchWatch(parts, run, seconds), parts.Time.GetUtcNow(), seconds);
            parts.Recorder!.Run = run;
            active.Work = Task.Run(() => FollowAsync(active));
            _active = active;
            running = active.Describe();
            return true;
        }
    }

    /// <summary>Ends the run of this id before its time; what it has measured is kept as cancelled.</summary>
    /// <returns>Whether it was under way.</returns>
    public async Task<bool> CancelAsync(string id)
    {
        Active active;
        lock (_gate)
        {
            if (_active is null || _active.Watch.Id != id)
                return false;
            active = _active;
        }

        await active.Stop.CancelAsync();
        await active.Work;
        return true;
    }

    public void Dispose()
    {
        Active? active;
        lock (_gate)
            active = _active;
        active?.Stop.Cancel();
        active?.Work.GetAwaiter().GetResult();
    }

    private async Task FollowAsync(Active active)
    {
        try
        {
            while (
                !active.Watch.IsDone()
                && !active.Stop.IsCancellationRequested
                && !active.NeverSteady
                && parts.Pipeline?.Health.Lost != true
            )
            {
                active.Measured = active.Watch.Measured;
                await Task.Delay(Look, parts.Time, CancellationToken.None);
            }
        }
        finally
        {
            parts.Recorder!.Run = null;
            var document = active.Watch.Finish();
            var cancelled = active.Stop.IsCancellationRequested;
            archive.Save(
                cancelled
                    ? document with
                    {
                        Verdict = "INVALID",
                        Reasons =
                        [
                            $"cancelled after {document.DurationSeconds:0.0} s of measuring",
                            .. document.Reasons,
                        ],
                    }
                    : document,
                cancelled ? "CANCELLED" : document.Verdict
            );
            lock (_gate)
                _active = null;
        }
    }

    private sealed class Active(BenchWatch watch, DateTimeOffset startedAt, int seconds)
    {
        public BenchWatch Watch { get; } = watch;

        /// <summary>Without a timer or a link there is nothing in it to dispose of, and who cancels may come late.</summary>
        public CancellationTokenSource Stop { get; } = new();

        public Task Work { get; set; } = Task.CompletedTask;

        public double? Measured { get; set; }

        /// <summary>A run that has not settled after a minute and its own length will not.</summary>
        public bool NeverSteady => Watch.Measured is null && Watch.Reading.TotalWallSeconds > 60 + seconds;

        public RunningRun Describe() => new(Watch.Id, startedAt, seconds, Measured);
    }
}
