namespace InferenceMeter.Web.OpenInference;

/// <summary>A request to classify, as both transports understand it.</summary>
/// <param name="Id">The client's name for it, which the answer repeats; may be empty.</param>
/// <param name="Inputs">What was sent.</param>
/// <param name="Outputs">What is asked for; empty for every output.</param>
/// <param name="Timeout">How long the client waits; <see langword="null"/> when it does not say.</param>
internal sealed record InferCall(
    string Id,
    IReadOnlyList<TensorData> Inputs,
    IReadOnlyList<RequestedOutput> Outputs,
    TimeSpan? Timeout
);
