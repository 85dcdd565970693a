using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Runs;

namespace InferenceMeter.Web.Api;

/// <summary>
/// Runs bounded measurements on the pipeline that serves, one at a time. Each has a meter of its own over the same
/// images and sessions, and ends with a verdict.
/// </summary>
internal sealed class RunService(Meter meter, RunArchive archive) : IDisposable
{
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

    /// <summary>The finished runs.</summary>
    public RunArchive Archive => archive;

    /// <summary>Starts a run, unless one is under way.</summary>
    /// <param name="seconds">The length of the measured part, which begins when throughput has settled.</param>
    /// <param name="running">The run that was started, or the one that is under way.</param>
    /// <returns>Whether it was started.</returns>
    public bool TryStart(int seconds, out RunningRun running)
    {
        lock (_gate)
        {
            if (_active is not null)
            {
                running = _active.Describe();
                return false;
            }

            var recorder = new RunRecorder(new ThroughputMeter(meter.Time, new MeterOptions()), new LatencyHistogram());
            var run = new MeasuredRun(meter.RunSubject, recorder, new RunOptions { Seconds = seconds });
            var active = new Active(run, seconds);
            meter.Recorder!.Run = recorder;
            active.Work = Task.Run(() => FollowAsync(active));
            _active = active;
            running = active.Describe();
            return true;
        }
    }

    /// <summary>Stops the run with this id early; what it has measured is kept as cancelled.</summary>
    /// <returns>Whether it was under way.</returns>
    public async Task<bool> CancelAsync(string id)
    {
        Active active;
        lock (_gate)
        {
            if (_active is null || _active.Run.Id != id)
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
            var serving = new TaskCompletionSource();
            var report = await active.Run.RunAsync(serving.Task, null, active.Stop.Token);
            var document = BenchDocument.From(report, meter.Snapshot());
            archive.Save(
                active.Stop.IsCancellationRequested ? Cancelled(document) : document.ToRecord(report.Verdict.Verdict)
            );
        }
        finally
        {
            meter.Recorder!.Run = null;
            lock (_gate)
                _active = null;
        }
    }

    private static History.RunRecord Cancelled(BenchDocument document) =>
        (
            document with
            {
                Verdict = Verdict.Invalid.Label(),
                Reasons = [$"cancelled after {document.DurationSeconds:0.0} s of measuring", .. document.Reasons],
            }
        ).ToRecord(Verdict.Cancelled);

    private sealed class Active(MeasuredRun run, int seconds)
    {
        public MeasuredRun Run { get; } = run;

        /// <summary>
        /// Without a timer or a link there is nothing in it to dispose of, and who cancels may come late.
        /// </summary>
        public CancellationTokenSource Stop { get; } = new();

        public Task Work { get; set; } = Task.CompletedTask;

        public RunningRun Describe() => new(Run.Id, Run.StartedAt, seconds, Run.MeasuredSeconds);
    }
}
