using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Inference;

[Collection(DefaultModelCollection.Name)]
public sealed class ResNet50SessionTests(DefaultModelFixture fixture)
{
    private const long WeightBytes = 25_530_472 * 4L;

    [Fact]
    public void Three_instances_hold_the_weights_once()
    {
        using var factory = OnnxSessionFactory.Open(
            DefaultModel.Load(fixture.CacheFolder),
            new InferenceOptions { BatchSize = 1 }
        );
        using var batch = new ImageBatch(1, 224, 224) { Count = 1 };
        var sessions = new List<IInferenceSession>();
        var resident = new List<long>();

        for (var i = 0; i < 3; i++)
        {
            sessions.Add(factory.Create());
            sessions[i].Run(batch);
            resident.Add(Resident());
        }

        var more = resident[2] - resident[0];
        Assert.True(
            more < WeightBytes,
            $"two more instances take {more >> 20} MB; with weights of their own they would take over "
                + $"{2 * WeightBytes >> 20} MB"
        );
        sessions.ForEach(session => session.Dispose());
    }

    [SharedFact]
    public void Real_weights_in_half_precision_load_and_run()
    {
        var model = OnnxModelLoader.Load(SharedData.Model);
        var description = model.Description;
        using var factory = OnnxSessionFactory.Open(model, new InferenceOptions { BatchSize = 2, IntraOpThreads = 2 });
        using var session = factory.Create();
        using var batch = new ImageBatch(2, 224, 224) { Count = 2 };
        batch.Slot(0).Fill(128);
        new Random(1).NextBytes(batch.Slot(1));
        var top = new ScoredClass[5];

        var result = session.Run(batch);

        Assert.Equal(
            ("resnet50-pretrained-fp16", "pretrained", "fp16", 1000, false),
            (
                description.Name,
                description.Weights,
                description.Precision,
                description.Classes,
                description.OutputsProbabilities
            )
        );
        Assert.Equal(25_530_472, description.Parameters);
        Assert.Equal(5, result.Read(0, top));
        Assert.InRange(top.Sum(entry => entry.Probability), 0.01, 1.0001);
    }

    private static long Resident()
    {
        GC.Collect();
        return File.ReadLines("/proc/self/status")
            .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
            .Select(line => long.Parse(line["VmRSS:".Length..^"kB".Length].Trim()) * 1024)
            .Single();
    }
}
