using InferenceMeter.Inference;
using InferenceMeter.Models;

namespace InferenceMeter.Pipeline;

/// <summary>Opens engines: a model on the devices that run it.</summary>
internal interface IEngineFactory
{
    /// <summary>Opens the engine that the options ask for; the caller disposes of its devices.</summary>
    /// <param name="options">What the model runs on, and how.</param>
    /// <param name="model">Which model is run.</param>
    /// <exception cref="ModelException">The model cannot be used.</exception>
    /// <exception cref="InferenceException">It does not run here as the options ask.</exception>
    Engine Open(EngineOptions options, ModelOptions model);
}
