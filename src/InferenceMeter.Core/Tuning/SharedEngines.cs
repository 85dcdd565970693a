using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Tuning;

/// <summary>
/// Opens a model on a CPU once, and runs it in every other way over the weights that are laid out then. Engines of
/// other devices are opened anew each time.
/// </summary>
/// <param name="inner">Opens what is not open yet.</param>
internal sealed class SharedEngines(IEngineFactory inner) : IEngineFactory, IDisposable
{
    private readonly Dictionary<ModelOptions, OnnxSessionFactory> _opened = [];

    /// <summary>Opens an engine that is valid until this is disposed of.</summary>
    /// <inheritdoc/>
    public Engine Open(EngineOptions options, ModelOptions model)
    {
        if (!_opened.TryGetValue(model, out var factory))
        {
            var engine = inner.Open(options, model);
            if (engine.Devices is not [OnnxSessionFactory opened])
                return engine;
            _opened[model] = factory = opened;
        }

        var configuration = EngineConfiguration.Resolve(options, factory.Model, Environment.ProcessorCount);
        return new Engine([factory.With(configuration.InferenceOptions)], configuration, null);
    }

    public void Dispose()
    {
        foreach (var factory in _opened.Values)
            factory.Dispose();
    }
}
