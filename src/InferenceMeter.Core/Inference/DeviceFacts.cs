namespace InferenceMeter.Inference;

/// <summary>What runs the model, and how: enough to repeat it.</summary>
public sealed record DeviceFacts
{
    /// <summary><c>cpu</c>, <c>cuda:0</c>, ...</summary>
    public required string Device { get; init; }

    /// <summary>ONNX Runtime's name of the execution provider.</summary>
    public required string Provider { get; init; }

    /// <summary>Name of the hardware; <see langword="null"/> when only a sensor knows it.</summary>
    public string? Name { get; init; }

    /// <summary>PCI bus id; <see langword="null"/> for a CPU.</summary>
    public string? PciBusId { get; init; }

    /// <summary><c>GPU-...</c> or <c>MIG-...</c>; <see langword="null"/> for a CPU.</summary>
    public string? Uuid { get; init; }

    /// <summary>Newest CUDA that the driver runs; <see langword="null"/> for a CPU.</summary>
    public string? CudaVersion { get; init; }

    /// <summary>The provider's options as given to ONNX Runtime.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// Nodes of the optimised graph that the provider runs; <see langword="null"/> when they were not counted.
    /// </summary>
    public int? NodesOnProvider { get; init; }

    /// <summary>Nodes that fell back to the CPU.</summary>
    public int? NodesOnCpu { get; init; }

    /// <summary>Full batches are replayed as CUDA graphs.</summary>
    public bool CudaGraphs { get; init; }
}
