namespace InferenceMeter.Web.OpenInference;

/// <summary>A tensor with its content.</summary>
/// <param name="Name">The name of the input or output.</param>
/// <param name="Datatype">The protocol's name of the type.</param>
/// <param name="Shape">The sizes, the batch first.</param>
/// <param name="Content">
/// Row-major and little-endian; each element of BYTES follows its length in four bytes.
/// </param>
internal sealed record TensorData(
    string Name,
    string Datatype,
    IReadOnlyList<long> Shape,
    ReadOnlyMemory<byte> Content
);
