namespace InferenceMeter.Web.OpenInference;

/// <summary>Parameters of tensors that would change what a request means, and are not supported.</summary>
internal static class TensorParameters
{
    private const string SharedMemory = "shared_memory_";

    /// <summary>Refuses tensors that lie elsewhere than in the request or its answer.</summary>
    /// <param name="tensor">The name of the input or output.</param>
    /// <param name="names">The names of its parameters.</param>
    /// <exception cref="ProtocolException">One is of the shared-memory extension.</exception>
    public static void Check(string tensor, IEnumerable<string> names)
    {
        if (names.FirstOrDefault(name => name.StartsWith(SharedMemory, StringComparison.Ordinal)) is { } name)
            throw ProtocolException.Invalid(
                $"{ProtocolException.Shorten(tensor)}: the parameter {ProtocolException.Shorten(name)} is not "
                    + "supported; tensors go in the request and its answer"
            );
    }

    /// <summary>Refuses numbers of 16 bits that are written out: neither JSON nor gRPC's contents have them.</summary>
    /// <param name="input">The name of the input.</param>
    /// <param name="datatype">Its type.</param>
    /// <param name="raw">How they are sent instead.</param>
    /// <exception cref="ProtocolException">They are such numbers.</exception>
    public static void CheckWritten(string input, string datatype, string raw)
    {
        if (datatype is "FP16" or "BF16")
            throw ProtocolException.Invalid(
                $"input {ProtocolException.Shorten(input)}: {datatype} cannot be written out; send it as {raw}"
            );
    }
}
