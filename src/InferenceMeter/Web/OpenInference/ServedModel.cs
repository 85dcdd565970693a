namespace InferenceMeter.Web.OpenInference;

/// <summary>One of the names under which the model is served.</summary>
/// <param name="Name">The name.</param>
/// <param name="Input">What it takes.</param>
/// <param name="Outputs">What it answers.</param>
internal sealed record ServedModel(string Name, TensorSpec Input, IReadOnlyList<TensorSpec> Outputs);
