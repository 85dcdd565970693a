using Microsoft.ML.OnnxRuntime;

namespace InferenceMeter.Inference.Cuda;

/// <summary>A session of ONNX Runtime itself.</summary>
internal sealed class OrtCudaSession(InferenceSession session) : ICudaSession
{
    /// <inheritdoc/>
    public OrtIoBinding CreateBinding() => session.CreateIoBinding();

    /// <inheritdoc/>
    public void Run(OrtIoBinding binding, CudaRun run) => session.RunWithBinding(run.Options, binding);

    /// <inheritdoc/>
    public string EndProfiling() => session.EndProfiling();

    /// <inheritdoc/>
    public void Dispose() => session.Dispose();
}
