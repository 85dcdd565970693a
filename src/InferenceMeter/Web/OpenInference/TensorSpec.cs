namespace InferenceMeter.Web.OpenInference;

/// <summary>A tensor of a model, as its metadata tells it.</summary>
/// <param name="Datatype">Name of the protocol: <c>UINT8</c>, <c>FP32</c>, <c>INT64</c>, <c>BYTES</c>.</param>
/// <param name="Shape">-1 for the batch.</param>
internal sealed record TensorSpec(string Name, string Datatype, IReadOnlyList<long> Shape)
{
    public override string ToString() => $"{Name} ({Datatype} [{string.Join(',', Shape)}])";
}

/// <summary>
/// A tensor with its content: row-major, little-endian; of BYTES each element behind its length in four bytes.
/// </summary>
internal sealed record TensorData(
    string Name,
    string Datatype,
    IReadOnlyList<long> Shape,
    ReadOnlyMemory<byte> Content
);

/// <summary>An output that is asked for.</summary>
/// <param name="Classification">
/// With Triton's classification extension: so many <c>score:index:label</c> in place of the tensor.
/// </param>
/// <param name="IsBinary">Of REST: behind the JSON.</param>
internal sealed record RequestedOutput(string Name, int? Classification, bool? IsBinary);

/// <summary>A request as both transports understand it.</summary>
/// <param name="Timeout">After which it is no longer wanted.</param>
internal sealed record InferCall(
    string Id,
    IReadOnlyList<TensorData> Inputs,
    IReadOnlyList<RequestedOutput> Outputs,
    TimeSpan? Timeout
);

/// <summary>A request breaks the protocol.</summary>
internal sealed class ProtocolException(ProtocolError error, string message) : Exception(message)
{
    public ProtocolError Error { get; } = error;
}

/// <summary>How.</summary>
internal enum ProtocolError
{
    /// <summary>It is not what the model takes.</summary>
    Invalid,

    /// <summary>There is no such model or version.</summary>
    NotFound,

    /// <summary>The image cannot be classified.</summary>
    Unprocessable,

    /// <summary>Its time was over.</summary>
    Late,

    /// <summary>Nothing is classified at present.</summary>
    Unavailable,
}
