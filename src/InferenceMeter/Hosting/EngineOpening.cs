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
    private const int LargestBatch = 1024;
    private const int SmallestBatch = 8;

    /// <summary>TensorRT builds its engine for batches up to this size, and is slower at all others the larger it is.</summary>
    private const int LargestTensorRtBatch = 256;

    private static readonly TimeSpan Trial = TimeSpan.FromSeconds(0.5);

    /// <summary>Opens what the settings ask for.</summary>
    /// <param name="model">Its graph is used up.</param>
    /// <param name="say">Told, in one line each, what the user should know.</param>
    /// <param name="progress">Told what is being done, for who waits for it.</param>
    /// <exception cref="InferenceException">It does not work here.</exception>
    public static Engine Open(
        MeterSettings settings,
        OnnxModel model,
        TimeProvider time,
        Action<string> say,
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
            say
        );
        if (devices[0].Device == ProviderNames.Cpu)
            return new Engine(devices, EngineSettings.Resolve(settings, devices[0].Model, cores), null);
        model.ReleaseGraph();
        return OpenGpu(settings, devices, cores, time, say, progress);

        CudaCandidate Cuda(string provider) =>
            new(Tuning(settings, provider), model, () => driver.Value, tuning => new OrtCudaProvider(model, tuning));
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

    private static Engine OpenGpu(
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
                    var most =
                        devices[0].Provider == ProviderNames.OnnxRuntime(ProviderNames.TensorRt)
                            ? LargestTensorRtBatch
                            : LargestBatch;
                    using var probe = new EngineProbe(devices, instances, time);
                    var (size, rate) = BatchSizeSearch.Find(SmallestBatch, most, size => Measure(probe, size), say);
                    alone = rate;
                    return size;
                }
            );
            if (alone is null)
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
            return probe.Measure(size, Trial);
        }
    }
}
