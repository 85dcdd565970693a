namespace InferenceMeter.Models;

/// <summary>Which model is run.</summary>
internal sealed record ModelOptions
{
    /// <summary>ONNX file; <see langword="null"/>: the built-in ResNet-50 with synthetic weights.</summary>
    public string? Path { get; init; }

    /// <summary><c>fp32</c>, <c>tf32</c> or <c>fp16</c>; <see langword="null"/>: the model's own.</summary>
    public string? Precision { get; init; }

    /// <summary>File of class names, one per line in index order; <see langword="null"/>: the model's own.</summary>
    public string? LabelsFile { get; init; }

    /// <summary>
    /// Where the built-in model and results of evaluations are kept; <see langword="null"/>: the user's cache folder.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>Loads it.</summary>
    /// <param name="warn">Called with one line about what the user should know.</param>
    /// <exception cref="ModelException">It cannot be used.</exception>
    public OnnxModel Load(Action<string> warn) =>
        Path is null
            ? DefaultModel.Load(CacheFolder, warn, Precision)
            : OnnxModelLoader.Load(Path, LabelsFile, Precision);
}
