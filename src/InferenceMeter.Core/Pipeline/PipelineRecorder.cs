using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Pipeline;

/// <summary>The one place where stages say what happened; the meter, the API and /metrics read from behind it.</summary>
/// <param name="Counters">Images, batches, stage busy time.</param>
/// <param name="Meter">Completions in time.</param>
/// <param name="Latency">Arrival to answer.</param>
/// <param name="Metrics">Histograms; <see langword="null"/> when nothing exports them.</param>
/// <param name="Time">Clock of all timestamps.</param>
public sealed record PipelineRecorder(WorkCounters Counters, ThroughputMeter Meter, LatencyHistogram Latency, InferenceMetrics? Metrics, TimeProvider Time)
{
    /// <summary>Also told of each batch, for a comparison of short stretches.</summary>
    public CompletionProbe? Probe { get; init; }

    internal long Now => Time.GetTimestamp();

    internal void HandedOut(int images) => Counters.AddHandedOut(images);

    internal void Busy(Stage stage, long since) => Counters.AddStageBusy(stage, Time.GetTimestamp() - since);

    internal void BatchStarted() => Meter.BatchStarted();

    internal void BatchRan(int device, long started, int images, int failed)
    {
        Meter.BatchFinished(images - failed);
        Counters.AddStageBusy(Stage.Infer, Time.GetTimestamp() - started, device);
        Counters.AddBatch(device);
        Probe?.Completed(images - failed);
        Metrics?.BatchRan(device, Time.GetElapsedTime(started).TotalSeconds, images);
    }

    /// <summary>A batch that its device did not live to run; another one may.</summary>
    internal void BatchLost(int device, long started)
    {
        Meter.BatchFinished(0);
        Counters.AddStageBusy(Stage.Infer, Time.GetTimestamp() - started, device);
    }

    internal void Answered(int device, Scope scope, long arrival)
    {
        Counters.AddOk(1, device);
        var seconds = Time.GetElapsedTime(arrival).TotalSeconds;
        Latency.Record(seconds);
        Metrics?.RequestAnswered(scope, seconds);
    }

    internal void Failed(ImageFailure reason, int device) => Counters.AddFailed(reason, 1, device);

    internal void GivenUp(int images) => Counters.AddRejected(images);
}
