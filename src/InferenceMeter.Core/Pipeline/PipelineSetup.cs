using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Pipeline;

/// <summary>What a <see cref="MeteredPipeline"/> is made of. Nothing in it is opened yet.</summary>
internal record PipelineSetup
{
    /// <summary>What is classified.</summary>
    public ImageSourceOptions Images { get; init; } = new();

    /// <summary>What classifies it.</summary>
    public ModelOptions Model { get; init; } = new();

    /// <summary>What the model runs on, and how.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>One of <see cref="ImageDecoderFactory.Names"/>.</summary>
    public string Decoder { get; init; } = ImageDecoderFactory.Names[0];

    /// <summary>Limits of an image; size and crop are the model's.</summary>
    public PreprocessingOptions Limits { get; init; } = new();

    /// <summary>Longest time that a partial batch waits for more images while the engine is free.</summary>
    public TimeSpan MaxBatchDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>What the measured work includes: <see cref="Scope.Pipeline"/> or <see cref="Scope.Model"/>.</summary>
    public Scope Scope { get; init; } = Scope.Pipeline;

    /// <summary>How the images of the source share the machine with client requests.</summary>
    public Background Background { get; init; } = Background.On;
}
