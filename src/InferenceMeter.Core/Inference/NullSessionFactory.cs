using InferenceMeter.Models;

namespace InferenceMeter.Inference;

/// <summary>
/// Sessions that do nothing, for <c>bench --session null</c>: the speed of the meter's own machinery.
/// </summary>
public sealed class NullSessionFactory : IInferenceSessionFactory
{
    /// <inheritdoc/>
    public ModelDescription Model { get; } =
        new()
        {
            Name = "null",
            Sha256 = "",
            Weights = "none",
            Precision = "fp32",
            Height = 224,
            Width = 224,
            Classes = 1000,
            OutputsProbabilities = true,
            Labels = ClassLabels.ImageNet,
        };

    /// <inheritdoc/>
    public string Device => "cpu";

    /// <inheritdoc/>
    public string Provider => "null";

    /// <inheritdoc/>
    public IInferenceSession Create() => new NullInferenceSession(Model.Classes, Model.Top);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
