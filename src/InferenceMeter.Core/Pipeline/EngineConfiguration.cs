using InferenceMeter.Inference;
using InferenceMeter.Models;

namespace InferenceMeter.Pipeline;

/// <summary>What depends on the machine and the model, with nothing automatic left.</summary>
/// <param name="Instances">Sessions side by side on each device.</param>
/// <param name="IntraOpThreads">Threads of each.</param>
/// <param name="BatchSize">Images in a full batch.</param>
/// <param name="DecoderWorkers">Images decoded at the same time.</param>
internal sealed record EngineConfiguration(int Instances, int IntraOpThreads, int BatchSize, int DecoderWorkers)
{
    /// <summary>
    /// Images in a batch on a CPU. Its throughput hardly depends on the batch beyond a few images (see the benchmark
    /// results),
    /// and small batches keep memory, latency and the time to drain small.
    /// </summary>
    private const int CpuBatchSize = 4;

    /// <summary>On a GPU: the copies of one hide behind the computing of the other.</summary>
    private const int GpuInstances = 2;

    /// <summary>
    /// Beyond this many cores, instances get more threads instead of becoming more, to keep memory in bounds.
    /// </summary>
    private const int MaxAutomaticInstances = 8;

    /// <summary>Fills in what the user left open.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="model">May freeze the batch size.</param>
    /// <param name="cores">
    /// Cores this process may use: <see cref="Environment.ProcessorCount"/> respects affinity and cgroup limits.
    /// </param>
    public static EngineConfiguration Resolve(EngineOptions options, ModelDescription model, int cores)
    {
        // One thread an instance where it can be: instances do not wait for each other's slowest thread, and a decoder
        // that takes a core for a moment holds up one of them instead of all.
        var instances =
            options.Instances
            ?? (
                options.IntraOpThreads is { } given
                    ? Math.Max(1, cores / given)
                    : Math.Min(cores, MaxAutomaticInstances)
            );
        return new EngineConfiguration(
            instances,
            options.IntraOpThreads ?? Math.Max(1, cores / instances),
            options.BatchSize ?? model.FixedBatch ?? CpuBatchSize,
            options.DecoderWorkers ?? cores
        );
    }

    /// <summary>For a GPU, whose batch size is given, frozen, or found by trying.</summary>
    /// <param name="find">Finds the batch size for a number of instances.</param>
    public static EngineConfiguration ResolveGpu(
        EngineOptions options,
        ModelDescription model,
        int cores,
        Func<int, int> find
    )
    {
        var instances = options.Instances ?? GpuInstances;
        // One thread each: what a session does on the CPU is to queue kernels.
        return new EngineConfiguration(
            instances,
            1,
            options.BatchSize ?? model.FixedBatch ?? find(instances),
            options.DecoderWorkers ?? cores
        );
    }

    /// <summary>How sessions run.</summary>
    public InferenceOptions InferenceOptions =>
        new()
        {
            Instances = Instances,
            IntraOpThreads = IntraOpThreads,
            BatchSize = BatchSize,
        };
}
