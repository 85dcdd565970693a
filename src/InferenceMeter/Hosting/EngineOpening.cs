using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Settings;

namespace InferenceMeter.Hosting;

/// <summary>The devices that the model runs on, and how.</summary>
/// <param name="Devices">One a device, all of the same model.</param>
/// <param name="Settings">With nothing automatic left.</param>
/// <param name="AloneImagesPerSecond">What the engine did by itself at the start; <see langword="null"/> where it was not measured.</param>
internal sealed record Engine(
    IReadOnlyList<IInferenceSessionFactory> Devices,
    EngineSettings Settings,
    double? AloneImagesPerSecond
);

/// <summary>Chooses the provider, opens its devices, and finds the batch size on a GPU.</summary>
internal static class EngineOpening
{
    /// <summary>TensorRT builds its engine for batches up to this size, and is slower at all others the larger it is.</summary>
    private const int LargestTensorRtBatch = 256;

    /// <summary>Opens what the settings ask for.</summary>
    /// <param name="model">Its graph is used up.</param>
    /// <param name="say">Told, in one line each, what the user should know.</param>
    /// <param name="note">Told, in one line, what is worth knowing and needs no action.</param>
    /// <param name="progress">Told what is being done, for who waits for it.</param>
    /// <exception cref="InferenceException">It does not work here.</exception>
    public static Engine Open(
        MeterSettings settings,
        OnnxModel model,
        TimeProvider time,
        Action<string> say,
        Action<string> note,
        Action<string> progress
    )
    {
        var cores = Environment.ProcessorCount;
        DeviceLists.TryDevices(settings.Inference.Devices, out var numbers);
        var driver = new Lazy<ICudaDriver>(CudaDriver.Load);
        var devices = ProviderSelection.Open(
            settings.Inference.Provider,
            numbers,
            [
                Cuda(ProviderNames.TensorRt),
                Cuda(ProviderNames.Cuda),
                new CpuCandidate(
                    model,
                    description => InferenceOptionsFor(EngineSettings.Resolve(settings, description, cores)),
                    settings.Model.Precision
                ),
            ],
            say,
            note
        );
        if (devices[0].Device == ProviderNames.Cpu)
            return new Engine(devices, EngineSettings.Resolve(settings, devices[0].Model, cores), null);
        model.ReleaseGraph();
        return OpenGpu(settings, devices, cores, time, say, progress);

        CudaCandidate Cuda(string provider) =>
            new(
                Tuning(settings, provider),
                model,
                () => driver.Value,
                tuning => new OrtCudaProvider(model, tuning),
                note
            );
    }

    /// <summary>How sessions run.</summary>
    public static InferenceOptions InferenceOptionsFor(EngineSettings engine) =>
        new()
        {
            Instances = engine.Instances,
            IntraOpThreads = engine.IntraOpThreads,
            BatchSize = engine.BatchSize,
        };

    private static CudaTuning Tuning(MeterSettings settings, string provider) =>
        new()
        {
            Provider = provider,
            Precision = settings.Model.Precision ?? "",
            MaxBatch = settings.Batching.BatchSize ?? LargestTensorRtBatch,
            CacheFolder = Path.GetFullPath(
                Path.Combine(settings.Model.CacheDirectory ?? ModelCache.DefaultFolder(), "tensorrt")
            ),
            Given = DeviceLists.Options(settings.Inference.ProviderOptions)!,
        };

    /// <summary>Finds the batch size of opened GPUs, and proves that they answer right at it.</summary>
    internal static Engine OpenGpu(
        MeterSettings settings,
        IReadOnlyList<IDeviceSessionFactory> devices,
        int cores,
        TimeProvider time,
        Action<string> say,
        Action<string> progress
    )
    {
        try
        {
            double? alone = null;
            var engine = EngineSettings.ResolveGpu(
                settings,
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
                        say
                    );
                    alone = rate;
                    return size;
                }
            );
            // At the size and with the neighbours that the work will have.
            var graphs = devices.Count(device => device.Facts.CudaGraphs);
            foreach (var device in devices)
                device.Prove(engine.BatchSize, Math.Min(engine.Instances, 2), say);
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
