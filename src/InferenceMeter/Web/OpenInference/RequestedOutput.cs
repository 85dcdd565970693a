namespace InferenceMeter.Web.OpenInference;

/// <summary>An output that a request asks for.</summary>
/// <param name="Name">The name of the output.</param>
/// <param name="Classification">
/// How many <c>score:index:label</c> to answer in place of the tensor, by Triton's classification extension;
/// <see langword="null"/> for the tensor.
/// </param>
/// <param name="IsBinary">
/// Whether REST puts it behind the JSON; <see langword="null"/> where the request does not say.
/// </param>
internal sealed record RequestedOutput(string Name, int? Classification, bool? IsBinary);
