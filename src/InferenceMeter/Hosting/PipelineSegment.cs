using InferenceMeter.Pipeline;

namespace InferenceMeter.Hosting;

/// <summary>One measured stretch of a pipeline that is held before and after it.</summary>
internal static class PipelineSegment
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <summary>Lets the pipeline go, measures while <paramref name="during"/> runs, and holds it again.</summary>
    /// <returns>Images per second; of no meaning when <paramref name="work"/> has ended.</returns>
    public static async Task<double> RunAsync(
        InferencePipeline pipeline,
        CompletionProbe probe,
        MeterParts parts,
        Task work,
        Func<Task> during
    )
    {
        // While it was held, the queues filled up with work already decoded; that head start must be used up before it counts.
        probe.Restart();
        pipeline.Resume();
        while (probe.Completions < parts.Options.Batching.Batches && !work.IsCompleted)
            await Task.Delay(Look);
        probe.Restart();
        await during();
        pipeline.Pause();
        var rate = probe.ImagesPerSecond;
        // The batches still running end before the other side begins.
        while (parts.Meter.Read().InFlight > 0 && !work.IsCompleted)
            await Task.Delay(Look);
        return rate;
    }
}
