using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Tests.Pipeline;

/// <summary>Pipelines of batches of four, with little patience.</summary>
internal static class TestPipeline
{
    public static InferencePipeline Create(
        IImageSource source,
        IReadOnlyList<IInferenceSessionFactory> devices,
        WorkCounters counters,
        PipelineOptions options,
        int batches,
        IClassificationOutput? output = null,
        TimeSpan? delay = null
    )
    {
        options = options with
        {
            Batching = new BatchingOptions
            {
                BatchSize = 4,
                Batches = batches,
                MaxBatchDelay = delay ?? TimeSpan.FromMilliseconds(20),
            },
            Resilience = new ResilienceOptions
            {
                FirstBackoff = TimeSpan.FromMilliseconds(1),
                MaxBackoff = TimeSpan.FromMilliseconds(5),
            },
        };
        var recorder = new PipelineRecorder
        {
            Counters = counters,
            Meter = new ThroughputMeter(TimeProvider.System, new MeterOptions()),
            Latency = new LatencyHistogram(),
            Metrics = null,
            Time = TimeProvider.System,
        };
        return new InferencePipeline(source, () => new NumberedImages.Decoder(), devices, options, recorder, output);
    }
}
