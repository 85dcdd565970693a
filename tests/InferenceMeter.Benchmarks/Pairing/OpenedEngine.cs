using InferenceMeter.Models;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Benchmarks.Pairing;

/// <summary>An engine that is open already, whatever is asked for.</summary>
internal sealed class OpenedEngine(Engine engine) : IEngineFactory
{
    public Engine Open(EngineOptions options, ModelOptions model) => engine;
}
