namespace InferenceMeter.Inference.Cuda;

/// <summary>The CUDA driver refused.</summary>
internal sealed class CudaException : Exception
{
    /// <param name="call">The driver's function.</param>
    /// <param name="code">CUresult.</param>
    /// <param name="text">The driver's own words for it.</param>
    public CudaException(string call, int code, string text)
        : base($"{call}: CUDA error {code}, {text}") => Code = code;

    public CudaException() { }

    public CudaException(string message)
        : base(message) { }

    public CudaException(string message, Exception inner)
        : base(message, inner) { }

    /// <summary>CUresult; the runtime's cudaError_t has the same numbers for all that matters here.</summary>
    public int Code { get; }
}
