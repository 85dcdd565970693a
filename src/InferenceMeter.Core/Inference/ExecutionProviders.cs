namespace InferenceMeter.Inference;

/// <summary>Execution providers as a user writes them, and as ONNX Runtime does.</summary>
public static class ExecutionProviders
{
    /// <summary>The user's word for the best provider that works.</summary>
    public const string Auto = "auto";

    /// <summary>The device that the CPU is; GPUs are <c>cuda:0</c> and so on.</summary>
    public const string CpuDevice = "cpu";

    /// <summary><c>cpu</c>, <c>cuda</c>, <c>tensorrt</c>.</summary>
    public static string Label(this ExecutionProvider provider) =>
        provider switch
        {
            ExecutionProvider.Cpu => "cpu",
            ExecutionProvider.Cuda => "cuda",
            ExecutionProvider.TensorRt => "tensorrt",
            _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, null),
        };

    /// <summary>ONNX Runtime's name.</summary>
    public static string OnnxRuntimeName(this ExecutionProvider provider) =>
        provider switch
        {
            ExecutionProvider.Cpu => "CPUExecutionProvider",
            ExecutionProvider.Cuda => "CUDAExecutionProvider",
            ExecutionProvider.TensorRt => "TensorrtExecutionProvider",
            _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, null),
        };

    /// <summary>The provider of ONNX Runtime's name; any but NVIDIA's two is the CPU.</summary>
    public static ExecutionProvider OfOnnxRuntime(string name) =>
        name switch
        {
            "CUDAExecutionProvider" => ExecutionProvider.Cuda,
            "TensorrtExecutionProvider" => ExecutionProvider.TensorRt,
            _ => ExecutionProvider.Cpu,
        };

    /// <summary>
    /// The provider of a user's word; <see langword="null"/> for any other word, <see cref="Auto"/> among them.
    /// </summary>
    public static ExecutionProvider? Parse(string label) =>
        Enum.GetValues<ExecutionProvider>()
            .Cast<ExecutionProvider?>()
            .FirstOrDefault(provider => provider!.Value.Label() == label);
}
