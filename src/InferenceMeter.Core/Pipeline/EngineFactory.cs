using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;

namespace InferenceMeter.Pipeline;

/// <summary>The devices that the model runs on, and how.</summary>
/// <param name="Devices">One a device, all of the same model.</param>
/// <param name="Configuration">With nothing automatic left.</param>
/// <param name="AloneImagesPerSecond">
/// What the engine did by itself at the start; <see langword="null"/> where it was not measured.
/// </param>
internal sealed record Engine(
    IReadOnlyList<IInferenceSessionFactory> Devices,
    EngineConfiguration Configuration,
    double? AloneImagesPerSecond
);

/// <summary>Chooses the provider, opens its devices, and finds the batch size on a GPU.</summary>
internal static class EngineFactory
{
    /// <summary>
    /// TensorRT builds its engine for batches up to this size, and is slower at all others the larger it is.
    /// </summary>
    private const int LargestTensorRtBatch = 256;

    /// <summary>Opens what the options ask for.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="model">Its graph is used up.</param>
    /// <param name="warn">Called with one line about what the user should know.</param>
    /// <param name="note">Called with one line that is worth knowing and needs no action.</param>
    /// <param name="progress">Called with what is being done, for whoever waits for it.</param>
    /// <exception cref="InferenceException">It does not work here.</exception>
    public static Engine Open(
        EngineOptions options,
        OnnxModel model,
        TimeProvider time,
        Action<string> warn,
        Action<string> note,
        Action<string> progress
    )
    {
        var cores = Environment.ProcessorCount;
        var driver = new Lazy<ICudaDriver>(CudaDriver.Load);
        var devices = ProviderSelection.Open(
            options.Provider,
            options.Devices,
            [
                Cuda(ProviderNames.TensorRt),
                Cuda(ProviderNames.Cuda),
                new CpuCandidate(
                    model,
                    description => EngineConfiguration.Resolve(options, description, cores).InferenceOptions,
                    options.Precision
                ),
            ],
            warn,
            note
        );
        if (devices[0].Device == ProviderNames.Cpu)
            return new Engine(devices, EngineConfiguration.Resolve(options, devices[0].Model, cores), null);
        model.ReleaseGraph();
        return OpenGpu(options, devices, cores, time, warn, progress);

        CudaCandidate Cuda(string provider) =>
            new(
                Tuning(options, provider),
                model,
                () => driver.Value,
                tuning => new OrtCudaProvider(model, tuning),
                note
            );
    }

    private static CudaTuning Tuning(EngineOptions options, string provider) =>
        new()
        {
            Provider = provider,
            Precision = options.Precision ?? "",
            MaxBatch = options.BatchSize ?? LargestTensorRtBatch,
            CacheFolder = Path.GetFullPath(Path.Combine(options.CacheFolder ?? ModelCache.DefaultFolder(), "tensorrt")),
            Given = options.ProviderOptions,
        };

    /// <summary>Finds the batch size of opened GPUs, and proves that they answer right at it.</summary>
    internal static Engine OpenGpu(
        EngineOptions options,
        IReadOnlyList<IDeviceSessionFactory> devices,
        int cores,
        TimeProvider time,
        Action<string> warn,
        Action<string> progress
    )
    {
        try
        {
            double? alone = null;
            var engine = EngineConfiguration.ResolveGpu(
                options,
                devices[0].Model,
                cores,
                instances =>
                {
                    var isTensorRt = devices[0].Provider == ProviderNames.OnnxRuntime(ProviderNames.TensorRt);
                    var most = isTensorRt ? LargestTensorRtBatch : BatchSizeSearch.Most;
                    using var probe = new EngineProbe(devices, instances, time);
                    var (size, rate) = BatchSizeSearch.Find(
                        BatchSizeSearch.First,
                        most,
                        size => Measure(probe, size),
                        warn
                    );
                    alone = rate;
                    return size;
                }
            );
            // At the size and with the neighbours that the work will have.
            var graphs = devices.Count(device => device.Facts.CudaGraphs);
            foreach (var device in devices)
                device.Prove(engine.BatchSize, Math.Min(engine.Instances, 2), warn);
            if (alone is null || devices.Count(device => device.Facts.CudaGraphs) != graphs)
            {
                using var probe = new EngineProbe(devices, engine.Instances, time);
                alone = Measure(probe, engine.BatchSize);
            }

            return new Engine(devices, engine, alone);
        }
        catch
        {
            foreach (var device in devices)
                device.Dispose();
            throw;
        }

        double Measure(EngineProbe probe, int size)
        {
            progress($"trying batches of {size} images (kernels are planned for each size)");
            return probe.Measure(size, BatchSizeSearch.Trial);
        }
    }
}
