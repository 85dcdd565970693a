using InferenceMeter.Models;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Tests.Pipeline;

/// <summary>Opens engines without ONNX Runtime, and keeps what they were asked for.</summary>
internal sealed class FakeEngineFactory(Func<EngineOptions, Engine> open) : IEngineFactory
{
    /// <summary>Always the same engine.</summary>
    public FakeEngineFactory(Engine engine)
        : this(_ => engine) { }

    /// <summary>What was asked for, in order.</summary>
    public List<(EngineOptions Options, ModelOptions Model)> Asked { get; } = [];

    public Engine Open(EngineOptions options, ModelOptions model)
    {
        Asked.Add((options, model));
        return open(options);
    }
}
