namespace InferenceMeter.Web.OpenInference;

/// <summary>The description of a tensor in a model's metadata.</summary>
/// <param name="Name">The name of the input or output.</param>
/// <param name="Datatype">
/// The protocol's name: <c>UINT8</c>, <c>FP16</c>, <c>FP32</c>, <c>INT64</c> or <c>BYTES</c>.
/// </param>
/// <param name="Shape">The sizes; -1 for the batch.</param>
internal sealed record TensorSpec(string Name, string Datatype, IReadOnlyList<long> Shape)
{
    public override string ToString() => $"{Name} ({Datatype} [{string.Join(',', Shape)}])";
}
