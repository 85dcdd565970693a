using InferenceMeter.Models;

namespace InferenceMeter.Tests.Models;

/// <summary>The built-in model, built once for all tests that need it; these run one after another and apart from the
/// rest, because some of them measure the memory of the process.</summary>
public sealed class DefaultModelFixture : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public DefaultModelFixture()
    {
        CacheFolder = _folder.Root;
        DefaultModel.Load(CacheFolder);
        Path = Directory.GetFiles(CacheFolder, "*.onnx").Single();
    }

    public string CacheFolder { get; }

    public string Path { get; }

    public void Dispose() => _folder.Dispose();
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DefaultModelCollection : ICollectionFixture<DefaultModelFixture>
{
    public const string Name = "default model";
}
