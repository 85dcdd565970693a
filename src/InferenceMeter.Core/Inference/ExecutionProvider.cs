namespace InferenceMeter.Inference;

/// <summary>What ONNX Runtime executes a model with.</summary>
public enum ExecutionProvider
{
    /// <summary>The processor's cores; works everywhere.</summary>
    Cpu,

    /// <summary>NVIDIA GPUs, by CUDA and cuDNN.</summary>
    Cuda,

    /// <summary>NVIDIA GPUs, by TensorRT.</summary>
    TensorRt,
}
