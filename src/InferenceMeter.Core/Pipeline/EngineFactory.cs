using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;

namespace InferenceMeter.Pipeline;

/// <summary>Chooses the provider, opens its devices, and finds the batch size on a GPU.</summary>
internal sealed class EngineFactory(TimeProvider time) : IEngineFactory
{
    /// <summary>
    /// TensorRT builds its engine for batches up to this size, and is slower at all others the larger it is.
    /// </summary>
    private const int LargestTensorRtBatch = 256;

    private readonly int _cores = Environment.ProcessorCount;

    /// <summary>Called with one line about what the user should know.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Called with one line that is worth knowing and needs no action.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>Called with what is being done, for whoever waits for it.</summary>
    public Action<string> Progress { get; init; } = _ => { };

    /// <inheritdoc/>
    public Engine Open(EngineOptions options, ModelOptions model)
    {
        if (!options.NullSession)
            return Open(options, model.Load(Warn));
        var nothing = new NullSessionFactory();
        return new Engine([nothing], EngineConfiguration.Resolve(options, nothing.Model, _cores), null);
    }

    /// <summary>Finds the batch size of opened GPUs, and proves that they answer right at it.</summary>
    internal Engine OpenGpu(EngineOptions options, IReadOnlyList<IDeviceSessionFactory> devices)
    {
        try
        {
            double? alone = null;
            var engine = EngineConfiguration.ResolveGpu(
                options,
                devices[0].Model,
                _cores,
                instances =>
                {
                    var isTensorRt = devices[0].Provider == ExecutionProvider.TensorRt.OnnxRuntimeName();
                    var most = isTensorRt ? LargestTensorRtBatch : BatchSizeSearch.Most;
                    using var probe = new EngineProbe(devices, instances, time);
                    var (size, rate) = BatchSizeSearch.Find(
                        BatchSizeSearch.First,
                        most,
                        size => Measure(probe, size),
                        Warn
                    );
                    alone = rate;
                    return size;
                }
            );
            // At the size and with the neighbours that the work will have.
            var graphs = devices.Count(device => device.Facts.CudaGraphs);
            foreach (var device in devices)
                device.Prove(engine.BatchSize, Math.Min(engine.Instances, 2), Warn);
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
    }

    /// <summary>The model's graph is used up.</summary>
    private Engine Open(EngineOptions options, OnnxModel model)
    {
        var driver = new Lazy<ICudaDriver>(CudaDriver.Load);
        var devices = ProviderSelection.Open(
            options.Provider,
            options.Devices,
            [
                Cuda(ExecutionProvider.TensorRt),
                Cuda(ExecutionProvider.Cuda),
                new CpuCandidate(
                    model,
                    description => EngineConfiguration.Resolve(options, description, _cores).InferenceOptions,
                    options.Precision
                ),
            ],
            Warn,
            Note
        );
        if (devices[0].Device == ExecutionProviders.CpuDevice)
            return new Engine(devices, EngineConfiguration.Resolve(options, devices[0].Model, _cores), null);
        model.ReleaseGraph();
        return OpenGpu(options, devices);

        CudaCandidate Cuda(ExecutionProvider provider) =>
            new(
                Tuning(options, provider),
                model,
                () => driver.Value,
                tuning => new OrtCudaProvider(model, tuning),
                Note
            );
    }

    private static CudaTuning Tuning(EngineOptions options, ExecutionProvider provider) =>
        new()
        {
            Provider = provider,
            Precision = options.Precision ?? "",
            MaxBatch = options.BatchSize ?? LargestTensorRtBatch,
            CacheFolder = Path.GetFullPath(Path.Combine(options.CacheFolder ?? ModelCache.DefaultFolder(), "tensorrt")),
            Given = options.ProviderOptions,
        };

    private double Measure(EngineProbe probe, int size)
    {
        Progress($"trying batches of {size} images (kernels are planned for each size)");
        return probe.Measure(size, BatchSizeSearch.Trial);
    }
}
