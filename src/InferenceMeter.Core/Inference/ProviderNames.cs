namespace InferenceMeter.Inference;

/// <summary>Execution providers as a user writes them, and as ONNX Runtime does.</summary>
public static class ProviderNames
{
    public const string Auto = "auto";
    public const string Cpu = "cpu";
    public const string Cuda = "cuda";
    public const string TensorRt = "tensorrt";

    /// <summary>ONNX Runtime's name.</summary>
    public static string OnnxRuntime(string name) =>
        name switch
        {
            Cpu => "CPUExecutionProvider",
            Cuda => "CUDAExecutionProvider",
            TensorRt => "TensorrtExecutionProvider",
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };

    /// <summary>The user's name of one of ONNX Runtime's; what is neither of NVIDIA's is the CPU.</summary>
    public static string OfOnnxRuntime(string name) =>
        name switch
        {
            "CUDAExecutionProvider" => Cuda,
            "TensorrtExecutionProvider" => TensorRt,
            _ => Cpu,
        };
}
