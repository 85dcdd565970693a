using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Metering;

namespace InferenceMeter.Pipeline;

/// <summary>Effective settings of a pipeline: nothing automatic is left in them.</summary>
public sealed record PipelineOptions
{
    /// <summary>
    /// <see cref="Scope.Pipeline"/> (from encoded bytes) or <see cref="Scope.Model"/> (ready tensors).
    /// </summary>
    public Scope Scope { get; init; } = Scope.Pipeline;

    /// <summary>How the images of the source share the machine with those that are asked for.</summary>
    public Background Background { get; init; } = Background.On;

    /// <summary>Images decoded at the same time.</summary>
    public int DecoderWorkers { get; init; } = 1;

    /// <summary>
    /// When the first this many images all turn out to be no images, the run ends with an
    /// <see cref="Images.ImageSourceException"/>; 0: never.
    /// </summary>
    public long FirstPassImages { get; init; }

    /// <summary>Batch size, number of batches, delay.</summary>
    public BatchingOptions Batching { get; init; } = new();

    /// <summary>Instances and their threads.</summary>
    public InferenceOptions Inference { get; init; } = new();

    /// <summary>How a broken session is treated.</summary>
    public ResilienceOptions Resilience { get; init; } = new();
}
