using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Tests.Models;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Inference;

public sealed class OnnxSessionFactoryTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_partial_batch_gives_the_scores_of_the_same_images_in_a_full_one()
    {
        using var factory = Open(new TinyModel());
        using var session = factory.Create();
        using var batch = Batch(4);
        var full = ByClass(session.Run(batch), 4);

        for (var count = 1; count <= 4; count++)
        {
            batch.Count = count;
            var result = session.Run(batch);
            for (var i = 0; i < count; i++)
                AssertClose(
                    full.AsSpan(i * TinyModel.Classes, TinyModel.Classes),
                    ByClass(result, count).AsSpan(i * TinyModel.Classes, TinyModel.Classes)
                );
        }
    }

    [Fact]
    public void The_precision_is_the_one_that_this_cpu_computes_in_and_a_difference_is_told()
    {
        var warnings = new List<string>();
        using var factory = OnnxSessionFactory.Open(
            Load(new TinyModel { Type = DataType.Float16 }),
            new InferenceOptions { BatchSize = 4 },
            warnings.Add
        );

        var x64 =
            System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture
            == System.Runtime.InteropServices.Architecture.X64;
        Assert.Equal(x64 ? "fp32" : "fp16", factory.Model.Precision);
        Assert.Equal(
            x64,
            warnings.Any(line => line.Contains("fp16 weights; this CPU computes in fp32", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void A_frozen_batch_is_run_whole_also_when_it_is_not_full()
    {
        using var factory = Open(new TinyModel { Batch = 4 });
        using var session = factory.Create();
        using var batch = Batch(4);
        var full = ByClass(session.Run(batch), 4);
        batch.Count = 1;

        AssertClose(full.AsSpan(0, TinyModel.Classes), ByClass(session.Run(batch), 1));
    }

    [Fact]
    public void A_batch_size_other_than_the_frozen_one_is_refused_and_the_model_can_still_be_opened()
    {
        var model = Load(new TinyModel { Batch = 4 });
        Assert.Contains(
            "batch size 4",
            Assert
                .Throws<InferenceException>(() =>
                    OnnxSessionFactory.Open(model, new InferenceOptions { BatchSize = 8 })
                )
                .Message,
            StringComparison.Ordinal
        );
        OnnxSessionFactory.Open(model, new InferenceOptions { BatchSize = 4 }).Dispose();
    }

    [Fact]
    public void Batches_that_do_not_fit_the_model_are_refused()
    {
        using var factory = Open(new TinyModel());
        using var session = factory.Create();
        using var wrongSize = new ImageBatch(1, 8, 8) { Count = 1 };
        using var empty = new ImageBatch(1, TinyModel.Height, TinyModel.Width);

        Assert.Throws<InferenceException>(() => session.Run(wrongSize));
        Assert.Throws<InferenceException>(() => session.Run(empty));
    }

    [Fact]
    public void A_graph_that_ONNX_Runtime_refuses_is_an_error_of_one_line()
    {
        var proto = new TinyModel().Build();
        proto.Graph.Node[0].OpType = "NoSuchOperator";

        var model = OnnxModelLoader.FromProto(proto, "", "tiny");
        var message = Assert
            .Throws<InferenceException>(() => OnnxSessionFactory.Open(model, new InferenceOptions()))
            .Message;

        Assert.Contains("NoSuchOperator", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_run_in_steady_state_allocates_nothing()
    {
        using var factory = Open(new TinyModel());
        using var session = factory.Create();
        using var batch = Batch(4);
        for (var i = 0; i < 8; i++)
            Run(i);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 400; i++)
            Run(i);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int i)
        {
            batch.Count = 1 + (i % 4);
            session.Run(batch);
        }
    }

    [Fact]
    public void Sessions_open_and_run_side_by_side_and_agree()
    {
        using var factory = Open(new TinyModel());
        using var reference = factory.Create();
        using var batch = Batch(4);
        var expected = ByClass(reference.Run(batch), 4);

        Parallel.For(
            0,
            8,
            _ =>
            {
                using var session = factory.Create();
                using var own = Batch(4);
                for (var i = 0; i < 20; i++)
                    AssertClose(expected, ByClass(session.Run(own), 4));
            }
        );
    }

    [Fact]
    public void The_bare_loop_computes_what_a_session_computes()
    {
        using var factory = Open(new TinyModel());
        using var loop = factory.With(new InferenceOptions { BatchSize = 3, IntraOpThreads = 2 }).CreateBareLoop(3);
        using var session = factory.Create();
        using var batch = Batch(3);
        for (var i = 0; i < 3; i++)
            loop.Pixels.AsSpan(i * batch.BytesPerImage, batch.BytesPerImage).CopyTo(batch.Slot(i));

        loop.RunOnce();

        var result = session.Run(batch);
        Assert.Equal(result.Classes, loop.Result.Classes);
        AssertClose(result.Probabilities, loop.Result.Probabilities);
    }

    private OnnxModel Load(TinyModel tiny)
    {
        var path = _folder.File("tiny.onnx");
        TinyModel.Write(tiny.Build(), path);
        return OnnxModelLoader.Load(path);
    }

    private OnnxSessionFactory Open(TinyModel tiny) =>
        OnnxSessionFactory.Open(Load(tiny), new InferenceOptions { BatchSize = 4 });

    /// <summary>
    /// Probabilities in the order of the classes: the tiny model has no more classes than are answered.
    /// </summary>
    private static float[] ByClass(BatchResult result, int images)
    {
        var probabilities = new float[images * TinyModel.Classes];
        for (var at = 0; at < probabilities.Length; at++)
            probabilities[(at / TinyModel.Classes * TinyModel.Classes) + (int)result.Classes[at]] =
                result.Probabilities[at];
        return probabilities;
    }

    private static ImageBatch Batch(int size)
    {
        var batch = new ImageBatch(size, TinyModel.Height, TinyModel.Width) { Count = size };
        var random = new Random(2);
        for (var i = 0; i < size; i++)
            random.NextBytes(batch.Slot(i));
        return batch;
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-4f);
    }
}
