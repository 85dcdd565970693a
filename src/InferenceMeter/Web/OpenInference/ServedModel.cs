namespace InferenceMeter.Web.OpenInference;

/// <summary>One of the names under which the model is served.</summary>
/// <param name="Name">The name.</param>
/// <param name="Input">What it takes.</param>
/// <param name="Tensors">Makes what it answers.</param>
internal sealed record ServedModel(string Name, TensorSpec Input, IOutputTensors Tensors)
{
    /// <summary>What it answers.</summary>
    public IReadOnlyList<TensorSpec> Outputs => Tensors.Specs;
}
