using InferenceMeter.Metering;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Runs;

/// <summary>
/// A pipeline that is held except during measured segments, so that something else can run in between.
/// </summary>
/// <param name="pipeline">Runs already, or will soon.</param>
/// <param name="probe">That the pipeline reports completions to.</param>
/// <param name="throughput">Meter of the pipeline.</param>
/// <param name="batches">Batches that can be ready while the pipeline is held.</param>
/// <param name="work">The pipeline's run.</param>
internal sealed class PipelineSegment(
    InferencePipeline pipeline,
    CompletionProbe probe,
    ThroughputMeter throughput,
    int batches,
    Task work
)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Lets the pipeline go, measures while <paramref name="during"/> runs, and holds it again.</summary>
    /// <returns>Images per second; meaningless when the pipeline has ended.</returns>
    public async Task<double> RunAsync(Func<Task> during)
    {
        // While it was held, the queues filled up with decoded work; that head start must be used up before it counts.
        probe.Restart();
        pipeline.Resume();
        while (probe.Completions < batches && !work.IsCompleted)
            await Task.Delay(PollInterval);
        probe.Restart();
        await during();
        pipeline.Pause();
        var rate = probe.ImagesPerSecond;
        // The batches that are still running end before the other side begins.
        while (throughput.Read().InFlight > 0 && !work.IsCompleted)
            await Task.Delay(PollInterval);
        return rate;
    }
}
