using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Tests.Models;
using InferenceMeter.Tests.Pipeline;
using InferenceMeter.Tuning;

namespace InferenceMeter.Tests.Tuning;

public sealed class SharedEnginesTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_on_the_CPU_is_opened_once_and_run_in_every_way_that_is_asked_for()
    {
        var (one, other) = (Write("one.onnx"), Write("other.onnx"));
        var real = new EngineFactory(TimeProvider.System);
        var opened = new List<string?>();
        FakeEngineFactory counted = null!;
        counted = new FakeEngineFactory(options =>
        {
            opened.Add(counted.Asked[^1].Model.Path);
            return real.Open(options, counted.Asked[^1].Model);
        });
        using var shared = new SharedEngines(counted);

        foreach (var (model, batch, instances) in new[] { (one, 4, 1), (one, 2, 2), (other, 4, 1), (one, 4, 1) })
        {
            var engine = shared.Open(Options(batch, instances), new ModelOptions { Path = model });
            using var device = engine.Devices.Single();

            Assert.Equal((batch, instances), (engine.Configuration.BatchSize, engine.Configuration.Instances));
            Assert.Equal(batch, Classify(device, batch));
        }

        Assert.Equal([one, other], opened);
    }

    [Fact]
    public void What_is_no_session_of_the_CPU_is_opened_anew_each_time()
    {
        using var nothing = new NullSessionFactory();
        var inner = new FakeEngineFactory(new Engine([nothing], new EngineConfiguration(1, 1, 4, 1), null));
        using var shared = new SharedEngines(inner);

        shared.Open(Options(4, 1), new ModelOptions());
        shared.Open(Options(4, 1), new ModelOptions());

        Assert.Equal(2, inner.Asked.Count);
    }

    private static EngineOptions Options(int batch, int instances) =>
        new()
        {
            Provider = ExecutionProvider.Cpu,
            BatchSize = batch,
            Instances = instances,
            IntraOpThreads = 1,
        };

    /// <summary>Runs a batch; how many images have a class.</summary>
    private static int Classify(IInferenceSessionFactory device, int images)
    {
        using var session = device.Create();
        using var batch = new ImageBatch(images, device.Model.Height, device.Model.Width, HostMemory.Instance)
        {
            Count = images,
        };
        var result = session.Run(batch);
        var top = new ScoredClass[result.Top];
        return Enumerable.Range(0, images).Count(i => result.Read(i, top) > 0);
    }

    private string Write(string name)
    {
        var path = _folder.File(name);
        TinyModel.Write(new TinyModel().Build(), path);
        return path;
    }
}
