using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Tests.Inference.Cuda;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Inference;

/// <summary>The scores of all classes come from the run that gives the best ones, where somebody wants them.</summary>
public sealed class AllScoresTests : TinyCudaSessions
{
    [Theory]
    [InlineData(null)]
    [InlineData(4)]
    public void On_a_CPU_they_are_those_that_the_model_gives(int? frozen)
    {
        using var factory = OnnxSessionFactory.Open(Load(frozen), new InferenceOptions { BatchSize = 4 });
        using var loop = factory.CreateBareLoop(4);
        using var session = factory.Create();
        using var batch = Batch(4, Memory(factory));
        for (var i = 0; i < 4; i++)
            batch.Slot(i).CopyTo(loop.Pixels.AsSpan(i * batch.BytesPerImage));
        loop.RunOnce();

        var before = session.Run(batch);
        Assert.Null(before.Scores);
        Assert.True(before.ScoresOf(0).IsEmpty);
        batch.Count = 3;
        batch.WantsScores = true;
        var result = session.Run(batch);

        for (var i = 0; i < 3; i++)
            AssertClose(loop.Scores.AsSpan(i * TinyModel.Classes, TinyModel.Classes), result.ScoresOf(i));
        Assert.Equal(loop.Result.Classes.Take(3 * result.Top), result.Classes.Take(3 * result.Top));
    }

    [Fact]
    public void On_a_GPU_they_come_beside_graphs_that_go_on_as_before()
    {
        using var cpu = OnnxSessionFactory.Open(Load(), new InferenceOptions { BatchSize = 4 });
        using var expected = cpu.Create();
        using (var gpu = Open(Load()))
        {
            using var session = gpu.Create();
            using var batch = Batch(4, gpu.PixelMemory);
            Repeat(8, () => session.Run(batch));
            var classes = session.Run(batch).Classes.ToArray();
            batch.WantsScores = true;
            var (on, off) = (session.Run(batch), expected.Run(batch));
            for (var i = 0; i < 4; i++)
                AssertClose(off.ScoresOf(i), on.ScoresOf(i));
            batch.WantsScores = false;
            Assert.Equal(classes, session.Run(batch).Classes);
        }

        Assert.Empty(Cuda.Held);
        Assert.Empty(Said);
    }

    [Fact]
    public void A_batch_that_is_run_in_parts_has_them_too()
    {
        using var factory = OnnxSessionFactory.Open(Load(), new InferenceOptions { BatchSize = 4 });
        using var session = factory.Create();
        using var batch = Batch(4, Memory(factory));
        batch.WantsScores = true;
        var whole = session.Run(batch).Scores!.ToArray();
        var parts = new BatchResult(4, session.Run(batch).Top);
        using var part = Batch(1, Memory(factory));
        part.WantsScores = true;

        for (var i = 0; i < 4; i++)
        {
            part.CopyFrom(batch, i, 0);
            parts.CopyFrom(session.Run(part), i, 1);
        }

        AssertClose(whole, parts.Scores);
    }

    private static IPixelMemory Memory(IInferenceSessionFactory factory) => factory.PixelMemory;

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual) =>
        Assert.Equal(expected.ToArray(), actual.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
}
