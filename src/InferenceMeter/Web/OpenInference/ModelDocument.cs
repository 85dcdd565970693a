namespace InferenceMeter.Web.OpenInference;

/// <summary>A model's metadata.</summary>
internal sealed record ModelDocument
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Versions { get; init; }

    public required string Platform { get; init; }

    public required IReadOnlyList<TensorSpec> Inputs { get; init; }

    public required IReadOnlyList<TensorSpec> Outputs { get; init; }
}
