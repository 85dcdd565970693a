namespace InferenceMeter.Models;

/// <summary>What a reading must say about the model behind it.</summary>
public sealed record ModelDescription
{
    /// <summary>
    /// Short name, the metric label <c>model</c>: <c>resnet50</c>, or the file name without extension.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>Where it was read from; the null session has none.</summary>
    public string? Path { get; init; }

    /// <summary>SHA-256 over the file (and its external data), lower-case hex; empty for the null session.</summary>
    public required string Sha256 { get; init; }

    /// <summary><c>synthetic</c>, <c>pretrained</c> (a user's file) or <c>none</c> (null session).</summary>
    public required string Weights { get; init; }

    /// <summary>Of the graph as executed: <c>fp32</c>, <c>fp16</c>, <c>int8</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>Input height in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Input width in pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Classes it tells apart; a background class is none of them.</summary>
    public required int Classes { get; init; }

    /// <summary>
    /// Whether the file scores a background class in front of these, which is cut off: class 0 here is its class 1.
    /// </summary>
    public bool HasBackgroundClass { get; init; }

    /// <summary>
    /// Classes it answers for an image, best first: 5, as ImageNet's top-5 counts, or all when it has fewer.
    /// </summary>
    public int Top => Math.Min(5, Classes);

    /// <summary>
    /// The input as the file has it, where it takes normalised numbers; <see langword="null"/> where it takes pixels,
    /// and for the null session.
    /// </summary>
    public ModelTensor? Tensor { get; init; }

    /// <summary>Batch size frozen into the graph; <see langword="null"/> when it is dynamic.</summary>
    public int? FixedBatch { get; init; }

    /// <summary>Number of weights and biases.</summary>
    public long Parameters { get; init; }

    /// <summary>Shorter side to resize to before the centre crop, in pixels.</summary>
    public int ResizeShorterSide { get; init; } = 256;

    /// <summary>
    /// Whether the output is already a probability distribution (ends in Softmax) rather than logits.
    /// </summary>
    public bool OutputsProbabilities { get; init; }

    /// <summary>Class names in index order; empty when none are known.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>When no evaluation is known.</summary>
    public const string NotChecked = "not checked";

    /// <summary>The accuracy check that a quoted cost names.</summary>
    public string AccuracyCheck { get; init; } = NotChecked;
}
