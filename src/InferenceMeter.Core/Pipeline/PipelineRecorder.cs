using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Pipeline;

/// <summary>
/// The one place where stages say what happened; the meter, the API and /metrics read from behind it.
/// </summary>
public sealed record PipelineRecorder
{
    /// <summary>Images, batches, stage busy time.</summary>
    public required WorkCounters Counters { get; init; }

    /// <summary>Completions in time.</summary>
    public required ThroughputMeter Meter { get; init; }

    /// <summary>Arrival to answer.</summary>
    public required LatencyHistogram Latency { get; init; }

    /// <summary>Histograms; <see langword="null"/> when nothing exports them.</summary>
    public required InferenceMetrics? Metrics { get; init; }

    /// <summary>Clock of all timestamps.</summary>
    public required TimeProvider Time { get; init; }

    private RunRecorder? _run;

    /// <summary>Also told of each batch, for a comparison of short stretches.</summary>
    public CompletionProbe? Probe { get; init; }

    /// <summary>
    /// A bounded run that is under way: told of everything beside the meter of the whole. Set from any thread.
    /// </summary>
    public RunRecorder? Run
    {
        get => Volatile.Read(ref _run);
        set => Volatile.Write(ref _run, value);
    }

    internal long Now => Time.GetTimestamp();

    internal void HandedOut(int images, bool requested = false) => Counters.AddHandedOut(images, requested);

    internal void Busy(Stage stage, long since) => Counters.AddStageBusy(stage, Time.GetTimestamp() - since);

    internal void BusyFor(Stage stage, long ticks) => Counters.AddStageBusy(stage, ticks);

    internal void BatchStarted()
    {
        Meter.BatchStarted();
        Run?.Meter.BatchStarted();
    }

    internal void BatchRan(int device, long started, int images, int failed)
    {
        Finished(images - failed);
        Counters.AddStageBusy(Stage.Infer, Time.GetTimestamp() - started, device);
        Counters.AddBatch(device);
        Probe?.Completed(images - failed);
        Metrics?.BatchRan(device, Time.GetElapsedTime(started).TotalSeconds, images);
    }

    /// <summary>A batch that its device did not live to run; another one may.</summary>
    internal void BatchLost(int device, long started)
    {
        Finished(0);
        Counters.AddStageBusy(Stage.Infer, Time.GetTimestamp() - started, device);
    }

    internal void Answered(int device, Scope scope, long arrival, bool requested)
    {
        Counters.AddOk(1, device, requested);
        var seconds = Time.GetElapsedTime(arrival).TotalSeconds;
        Latency.Record(seconds);
        Run?.Latency.Record(seconds);
        Metrics?.RequestAnswered(scope, seconds);
    }

    internal void Failed(ImageFailure reason, int device, bool requested) =>
        Counters.AddFailed(reason, 1, device, requested);

    internal void GivenUp(bool requested) => Counters.AddRejected(1, requested);

    private void Finished(int images)
    {
        Meter.BatchFinished(images);
        // A run that began in the middle of this batch is told of its end alone, which its meter takes for nothing in
        // flight: warm-up.
        Run?.Meter.BatchFinished(images);
    }
}
