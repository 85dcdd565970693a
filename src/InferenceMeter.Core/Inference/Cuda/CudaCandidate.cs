using InferenceMeter.Errors;
using InferenceMeter.Models;

namespace InferenceMeter.Inference.Cuda;

/// <summary>NVIDIA GPUs, by ONNX Runtime's CUDA or TensorRT provider.</summary>
/// <param name="tuning">Provider, precision (empty: that of the model), options.</param>
/// <param name="model">Its graph stays its own.</param>
/// <param name="driver">Loads the driver; throws an <see cref="InferenceException"/> that says why not.</param>
/// <param name="provider">Opens ONNX Runtime's provider with the tuning that holds in the end.</param>
/// <param name="note">Told, in one line, what is as expected and still worth knowing.</param>
internal sealed class CudaCandidate(
    CudaTuning tuning,
    OnnxModel model,
    Func<ICudaDriver> driver,
    Func<CudaTuning, ICudaProvider> provider,
    Action<string>? note = null
) : IProviderCandidate
{
    private const string Tf32Override = "NVIDIA_TF32_OVERRIDE";

    /// <inheritdoc/>
    public ExecutionProvider Provider => tuning.Provider;

    /// <inheritdoc/>
    public IReadOnlyList<IDeviceSessionFactory> Open(IReadOnlyList<int>? wanted, bool strict, Action<string> warn)
    {
        var cuda = driver();
        var numbers = wanted ?? [.. Enumerable.Range(0, cuda.DeviceCount)];
        if (numbers.FirstOrDefault(number => number >= cuda.DeviceCount, -1) is >= 0 and var missing)
            throw new InferenceException(
                $"there is no device {missing}: "
                    + $"{(cuda.DeviceCount == 1 ? "the only one is 0" : $"they are 0 to {cuda.DeviceCount - 1}")}"
            );
        var opened = new List<IDeviceSessionFactory>();
        try
        {
            foreach (var number in numbers)
                OpenOne(cuda, number, strict, warn, opened);
        }
        catch
        {
            opened.ForEach(factory => factory.Dispose());
            throw;
        }

        if (numbers.Count < cuda.DeviceCount)
            warn(
                $"{numbers.Count} of {cuda.DeviceCount} GPUs is used: the cost is right only if the price "
                    + "is of that share of the machine"
            );
        return opened;
    }

    private void OpenOne(
        ICudaDriver cuda,
        int number,
        bool strict,
        Action<string> warn,
        List<IDeviceSessionFactory> opened
    )
    {
        try
        {
            var device = Describe(cuda, number);
            var precision = PrecisionOn(device);
            var tuned = tuning with
            {
                Precision = precision,
                VisibleDevices = cuda.DeviceCount,
                // ONNX Runtime names engines by the shape of the graph, without its weights.
                CacheFolder = tuning.CacheFolder is null
                    ? null
                    : Path.Combine(
                        tuning.CacheFolder,
                        $"{model.Description.Sha256}-{precision}-{device.ComputeCapability}-{OrtRuntime.Version}"
                    ),
            };
            SettleTf32(precision, device);
            opened.Add(
                CudaSessionFactory.Open(
                    cuda,
                    device,
                    provider(tuned),
                    model.Values,
                    model.Description with
                    {
                        Precision = tuned.Precision,
                    },
                    CudaProviderOptions.WantsGraphs(tuned),
                    warn
                )
            );
            TellTf32(precision, device, warn);
        }
        catch (InferenceException e) when (!strict && (opened.Count > 0 || number + 1 < cuda.DeviceCount))
        {
            warn($"cuda:{number} is not used: {e.Message}");
        }
    }

    /// <summary>
    /// Keeps fp32 what it is called. <c>use_tf32=0</c> alone does not: where cuDNN has no plan without TF32, ONNX
    /// Runtime asks
    /// again with it. The libraries read the variable when they load, which is after this.
    /// </summary>
    private static void SettleTf32(string precision, CudaDevice device)
    {
        if (!device.HasTf32)
            return;
        if (precision == "fp32")
            NativeEnvironment.SetDefault(Tf32Override, "0");
        if (precision == "tf32" && Environment.GetEnvironmentVariable(Tf32Override) == "0")
            throw new InferenceException(
                $"{Tf32Override}=0 forbids TF32 (true fp32 sets it when it ran in this process before): "
                    + "unset it, or run tf32 by itself"
            );
    }

    private void TellTf32(string precision, CudaDevice device, Action<string> warn)
    {
        if (precision != "fp32" || !device.HasTf32)
            return;
        var value = Environment.GetEnvironmentVariable(Tf32Override);
        if (value == "0")
            note?.Invoke($"cuda:{device.Index} computes in true fp32, with {Tf32Override}=0; tf32 or fp16 is faster");
        else
            warn(
                $"{Tf32Override} is {value}, so convolutions may use TF32 although the precision is called fp32: "
                    + "unset it"
            );
    }

    private static CudaDevice Describe(ICudaDriver cuda, int number)
    {
        try
        {
            return cuda.Describe(number);
        }
        catch (CudaException e)
        {
            throw CudaFaults.Wrap($"cuda:{number}", e);
        }
    }

    /// <summary>What the card multiplies in; TF32 is called by its name and never hidden behind fp32.</summary>
    private string PrecisionOn(CudaDevice device)
    {
        var wanted = tuning.Precision.Length > 0 ? tuning.Precision : model.Description.Precision;
        if (wanted == "int8" && tuning.Provider == ExecutionProvider.Cuda)
            throw new InferenceException(
                "ONNX Runtime's CUDA provider has no int8 convolutions and would compute in fp32; "
                    + "choose the provider tensorrt or cpu, or an fp16 model"
            )
            {
                Subject = ErrorSubject.Provider,
            };
        if (wanted == "tf32" && !device.HasTf32)
            throw new InferenceException(
                $"{device.Name} has no TF32 (compute capability {device.ComputeCapability}, TF32 came with "
                    + "8.0); choose fp32 or fp16"
            )
            {
                Subject = ErrorSubject.Precision,
            };
        // TensorRT multiplies fp32 in TF32 wherever the card can, and ONNX Runtime has no option against it.
        if (tuning.Provider != ExecutionProvider.TensorRt || wanted != "fp32" || !device.HasTf32)
            return wanted;
        return tuning.Precision == "fp32"
            ? throw new InferenceException(
                $"TensorRT computes fp32 in TF32 on {device.Name}; choose tf32, or the provider cuda " + "for true fp32"
            )
            {
                Subject = ErrorSubject.Precision,
            }
            : "tf32";
    }
}
