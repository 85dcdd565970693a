namespace InferenceMeter.Inference.Cuda;

/// <summary>How a session on a CUDA device is to run.</summary>
internal sealed record CudaTuning
{
    /// <summary><see cref="ExecutionProvider.Cuda"/> or <see cref="ExecutionProvider.TensorRt"/>.</summary>
    public required ExecutionProvider Provider { get; init; }

    /// <summary><c>fp32</c>, <c>tf32</c>, <c>fp16</c>: what the multiplications are done in.</summary>
    public required string Precision { get; init; }

    /// <summary>Devices that CUDA shows this process.</summary>
    public int VisibleDevices { get; init; } = 1;

    /// <summary>Largest batch that will be run.</summary>
    public int MaxBatch { get; init; } = 1;

    /// <summary>Where TensorRT keeps engines and timings from one start to the next, if it can be written.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Options of the provider that the user gave; they win over ours.</summary>
    public IReadOnlyDictionary<string, string> Given { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);
}
