using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>How a model is to be run. What is <see langword="null"/> is chosen by the machine and the model.</summary>
internal sealed record EngineOptions
{
    /// <summary>Run no model at all: what is measured then is the harness.</summary>
    public bool NullSession { get; init; }

    /// <summary>What runs the model; <see langword="null"/>: the best that works.</summary>
    public ExecutionProvider? Provider { get; init; }

    /// <summary>GPUs by their CUDA numbers; <see langword="null"/>: all of them.</summary>
    public IReadOnlyList<int>? Devices { get; init; }

    /// <summary>Options of the CUDA or TensorRT provider, under ONNX Runtime's names.</summary>
    public IReadOnlyDictionary<string, string> ProviderOptions { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary><c>fp32</c>, <c>tf32</c> or <c>fp16</c>; <see langword="null"/>: the model's own.</summary>
    public string? Precision { get; init; }

    /// <summary>Images in a full batch.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Sessions side by side on each device.</summary>
    public int? Instances { get; init; }

    /// <summary>Intra-op threads of each session.</summary>
    public int? IntraOpThreads { get; init; }

    /// <summary>Images decoded at the same time.</summary>
    public int? DecoderWorkers { get; init; }

    /// <summary>Where TensorRT's engines are kept; <see langword="null"/>: the user's cache folder.</summary>
    public string? CacheFolder { get; init; }
}
