using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>The devices that the model runs on, and how.</summary>
/// <param name="Devices">One per device, all of the same model.</param>
/// <param name="Configuration">With nothing automatic left.</param>
/// <param name="AloneImagesPerSecond">
/// What the engine did by itself at the start; <see langword="null"/> where it was not measured.
/// </param>
internal sealed record Engine(
    IReadOnlyList<IInferenceSessionFactory> Devices,
    EngineConfiguration Configuration,
    double? AloneImagesPerSecond
);
