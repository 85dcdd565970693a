using System.Collections.Concurrent;
using InferenceMeter.Models;
using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference.Cuda;

/// <summary>ONNX Runtime's CUDA provider, or its TensorRT provider with CUDA behind it.</summary>
/// <param name="model">Its graph is copied when the first session is opened.</param>
/// <param name="tuning">How it is to run.</param>
internal sealed class OrtCudaProvider(OnnxModel model, CudaTuning tuning) : ICudaProvider
{
    private readonly Lazy<byte[]> _graph = new(() =>
        tuning.Provider == ExecutionProvider.TensorRt
            ? PixelInput.CastFirst(model.Serialize(), model.Values)
            : model.Serialize()
    );
    private readonly ConcurrentDictionary<int, OrtMemoryInfo> _memory = [];
    private readonly Lazy<CudaTuning> _tuning = new(() => tuning with { CacheFolder = Writable(tuning.CacheFolder) });

    /// <inheritdoc/>
    public string Name { get; } = tuning.Provider.OnnxRuntimeName();

    /// <inheritdoc/>
    public bool UsesDefaultStream { get; } = !CudaProviderOptions.IsNhwc(tuning);

    /// <inheritdoc/>
    public bool GraphsHoldOneShape { get; } = tuning.Provider == ExecutionProvider.TensorRt;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Options(int device, bool graphs)
    {
        var options =
            tuning.Provider == ExecutionProvider.TensorRt
                ? TensorRtOptions(device, 0, graphs)
                : CudaProviderOptions.Cuda(tuning, device, 0, graphs);
        // An address says nothing to who wants to repeat the measurement.
        options.Remove("has_user_compute_stream");
        options.Remove("user_compute_stream");
        return options;
    }

    /// <inheritdoc/>
    /// <exception cref="InferenceException">The provider, or a library that it needs, is not here.</exception>
    public ICudaSession Open(int device, nint stream, bool graphs, string? profilePrefix = null)
    {
        if (!ProviderLibrary.IsHere(Name, FileOf(tuning.Provider)))
            throw new InferenceException(CudaFaults.NotInThisBuild);
        CudaLibraries.Require(tuning);
        using var options = OrtRuntime.CpuOptions(intraOpThreads: 1, spinning: false);
        if (tuning.Provider == ExecutionProvider.TensorRt)
            Append(options, ExecutionProvider.TensorRt, device, TensorRtOptions(device, stream, graphs));
        // TensorRT captures its own graphs, and what it leaves to CUDA is not captured.
        Append(
            options,
            ExecutionProvider.Cuda,
            device,
            CudaProviderOptions.Cuda(tuning, device, stream, graphs && tuning.Provider == ExecutionProvider.Cuda)
        );
        if (profilePrefix is not null)
            (options.EnableProfiling, options.ProfileOutputPathPrefix) = (true, profilePrefix);
        return new OrtCudaSession(new InferenceSession(_graph.Value, options));
    }

    /// <inheritdoc/>
    public OrtMemoryInfo MemoryOf(int device) =>
        _memory.GetOrAdd(
            device,
            static index => new OrtMemoryInfo(
                OrtMemoryInfo.allocatorCUDA,
                OrtAllocatorType.DeviceAllocator,
                index,
                OrtMemType.Default
            )
        );

    private Dictionary<string, string> TensorRtOptions(int device, nint stream, bool graphs) =>
        CudaProviderOptions.TensorRt(_tuning.Value, device, stream, graphs, model.Values, model.Description);

    /// <summary>Without a folder to keep it in, the engine is built at every start.</summary>
    private static string? Writable(string? folder)
    {
        try
        {
            return folder is null ? null : Directory.CreateDirectory(folder).FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string FileOf(ExecutionProvider provider) => $"onnxruntime_providers_{provider.Label()}";

    private void Append(
        SessionOptions session,
        ExecutionProvider provider,
        int device,
        Dictionary<string, string> given
    )
    {
        var name = provider.OnnxRuntimeName();
        if (!ProviderLibrary.IsBuiltIn(name))
        {
            ProviderLibrary.Append(session, name, FileOf(provider), tuning.VisibleDevices, device, given);
        }
        else if (provider == ExecutionProvider.TensorRt)
        {
            using var options = new OrtTensorRTProviderOptions();
            options.UpdateOptions(given);
            session.AppendExecutionProvider_Tensorrt(options);
        }
        else
        {
            using var options = new OrtCUDAProviderOptions();
            options.UpdateOptions(given);
            session.AppendExecutionProvider_CUDA(options);
        }
    }
}
