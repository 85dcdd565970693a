using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Inference.Cuda;

/// <summary>The whole way of a batch to a device and back, on a driver and a provider that stand on the CPU.</summary>
public sealed class CudaSessionTests
{
    private readonly FakeCuda _cuda = new();
    private readonly List<string> _said = [];

    [Theory]
    [InlineData(null)]
    [InlineData(4)]
    public void Answers_are_those_of_the_CPU_for_every_number_of_images(int? frozen)
    {
        using var cpu = OnnxSessionFactory.Open(Load(frozen), new InferenceOptions { BatchSize = 4 });
        using var expected = cpu.Create();
        using (var gpu = Open(Load(frozen)))
        {
            using var session = gpu.Create();
            using var batch = Batch(4, gpu.PixelMemory);
            for (var count = 4; count >= 1; count--)
            {
                batch.Count = count;
                var (on, off) = (session.Run(batch), expected.Run(batch));
                Assert.Equal(off.Classes.Take(count * off.Top), on.Classes.Take(count * on.Top));
                Assert.Equal(
                    off.Probabilities.Take(count * off.Top),
                    on.Probabilities.Take(count * on.Top),
                    (a, b) => Math.Abs(a - b) < 1e-6
                );
            }
        }

        Assert.Empty(_cuda.Held);
        Assert.Equal(0, _cuda.OpenContexts[0]);
    }

    [Fact]
    public void Two_instances_at_once_do_not_disturb_each_other()
    {
        using var gpu = Open(Load());
        var (first, second) = (Answers(gpu, 1), Answers(gpu, 2));
        Assert.NotEqual(first, second);

        Parallel.For(0, 16, i => Assert.Equal(i % 2 == 0 ? first : second, Answers(gpu, i % 2 == 0 ? 1 : 2)));
    }

    [Fact]
    public void A_larger_batch_than_before_gets_larger_buffers_and_a_smaller_one_the_same()
    {
        using var gpu = Open(Load());
        using var session = gpu.Create();
        using var small = Batch(2, gpu.PixelMemory);
        using var large = Batch(8, gpu.PixelMemory);

        var before = session.Run(small).Classes.ToArray();
        session.Run(large);
        Assert.Equal(before, session.Run(small).Classes);

        // Pixels, answers and staging of one set of buffers; two batches; one stream.
        Assert.Equal((2, 3, 1), (Held("device"), Held("pinned"), Held("stream")));
    }

    [Fact]
    public void In_steady_state_a_run_allocates_nothing()
    {
        using var gpu = Open(Load());
        using var session = gpu.Create();
        using var batch = Batch(4, gpu.PixelMemory);
        for (var i = 0; i < 8; i++)
            session.Run(batch);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 200; i++)
            session.Run(batch);

        // The fake driver's own checks allocate; the meter's part is what is left of it, far less than an object a run.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200 * 400);
    }

    [Fact]
    public void The_facts_say_what_runs_where()
    {
        using var gpu = Open(Load());

        Assert.Equal(
            ("cuda:0", "Fake GPU 0", "0000:00:00.0", "13.0"),
            (gpu.Facts.Device, gpu.Facts.Name, gpu.Facts.PciBusId, gpu.Facts.CudaVersion)
        );
        Assert.True(gpu.Facts.NodesOnProvider > 5, $"{gpu.Facts.NodesOnProvider}");
        Assert.Equal(
            (0, true, "1"),
            (gpu.Facts.NodesOnCpu, gpu.Facts.CudaGraphs, gpu.Facts.Options["enable_cuda_graph"])
        );
        Assert.Empty(_said);
    }

    [Fact]
    public void A_device_that_leaves_the_whole_model_to_the_CPU_is_not_used_under_its_name()
    {
        var model = Load();
        var provider = new FakeCudaProvider(model) { Name = "CUDAExecutionProvider" };

        var refused = Assert.Throws<InferenceException>(() =>
            CudaSessionFactory.Open(
                _cuda,
                _cuda.Describe(0),
                provider,
                model.Values,
                model.Description,
                graphs: true,
                _said.Add
            )
        );

        Assert.Contains("every node of the model on the CPU", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, _cuda.OpenContexts[0]);
        Assert.Empty(_cuda.Held);
    }

    [Fact]
    public void Where_CUDA_graphs_do_not_work_it_runs_without_them_and_says_so()
    {
        var model = Load();
        var provider = new FakeCudaProvider(model)
        {
            GraphFailure = new CudaException(
                "cuStreamEndCapture",
                900,
                "operation not permitted when stream is capturing"
            ),
        };

        using var gpu = CudaSessionFactory.Open(
            _cuda,
            _cuda.Describe(0),
            provider,
            model.Values,
            model.Description,
            graphs: true,
            _said.Add
        );

        Assert.False(gpu.Facts.CudaGraphs);
        Assert.StartsWith("cuda:0: no CUDA graphs: ", Assert.Single(_said), StringComparison.Ordinal);
        Answers(gpu, 1);
        Assert.DoesNotContain(true, provider.Opened);
    }

    [Fact]
    public void The_bare_loop_runs_on_the_device_alone()
    {
        using var gpu = Open(Load());
        using var loop = gpu.CreateBareLoop(3);

        loop.RunOnce();
        _cuda.MaxCopyBytes = 0;
        loop.RunOnce();

        Assert.Equal(3, loop.BatchSize);
    }

    [Fact]
    public void Out_of_memory_is_told_as_what_it_is()
    {
        using var gpu = Open(Load());
        using var session = gpu.Create();
        using var batch = Batch(4, gpu.PixelMemory);
        _cuda.MaxCopyBytes = 2 * batch.BytesPerImage;

        var full = Assert.Throws<InferenceException>(() => session.Run(batch));

        Assert.Equal(InferenceFault.OutOfMemory, full.Fault);
        Assert.Contains("a batch of 4", full.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', full.Message);
    }

    [Fact]
    public void A_device_that_answers_for_the_picture_before_is_found_out_and_refused()
    {
        _cuda.LateCopies = true;

        var refused = Assert.Throws<InferenceException>(() => Open(Load()));

        Assert.Contains(
            "the same picture is answered differently from run to run",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("no CUDA graphs", Assert.Single(_said), StringComparison.Ordinal);
        Assert.Empty(_cuda.Held);
    }

    [Theory]
    [InlineData(0, InferenceFault.Failed)]
    [InlineData(719, InferenceFault.DeviceLost)]
    public void Whether_a_device_is_lost_is_asked_of_the_driver(int driver, InferenceFault fault)
    {
        using var gpu = Open(Load());
        var session = gpu.Create();
        var batch = Batch(2, gpu.PixelMemory);
        session.Run(batch);
        // What a library above the driver says: an error of its own, which tells nothing of the device.
        _cuda.CopyBackFails = 1;
        if (driver != 0)
            _cuda.BrokenAtNextSynchronize = driver;

        Assert.Equal(fault, Assert.Throws<InferenceException>(() => session.Run(batch)).Fault);
        session.Dispose();
    }

    [Fact]
    public void When_a_graph_cannot_be_captured_later_on_the_next_session_does_without()
    {
        using var gpu = Open(Load());
        using var session = gpu.Create();
        using var batch = Batch(2, gpu.PixelMemory);
        Assert.True(gpu.Facts.CudaGraphs);
        _cuda.CopyBackFails = 901;

        Assert.Equal(InferenceFault.Failed, Assert.Throws<InferenceException>(() => session.Run(batch)).Fault);
        _cuda.CopyBackFails = null;

        Assert.Equal((false, "0"), (gpu.Facts.CudaGraphs, gpu.Facts.Options["enable_cuda_graph"]));
        gpu.Create().Dispose();
    }

    [Fact]
    public void A_lost_device_is_told_as_lost_and_can_be_left()
    {
        using var gpu = Open(Load());
        var session = gpu.Create();
        var batch = Batch(4, gpu.PixelMemory);
        session.Run(batch);
        _cuda.Broken[0] = 719;

        var lost = Assert.Throws<InferenceException>(() => session.Run(batch));
        session.Dispose();
        batch.Dispose();

        Assert.Equal(InferenceFault.DeviceLost, lost.Fault);
        Assert.Contains("restart the meter", lost.Message, StringComparison.Ordinal);
    }

    private int Held(string kind) => _cuda.Held.Values.Count(held => held == kind);

    private static OnnxModel Load(int? frozen = null) =>
        OnnxModelLoader.FromProto(new TinyModel { Batch = frozen }.Build(), "", "tiny");

    private CudaSessionFactory Open(OnnxModel model) =>
        CudaSessionFactory.Open(
            _cuda,
            _cuda.Describe(0),
            new FakeCudaProvider(model),
            model.Values,
            model.Description,
            graphs: true,
            _said.Add
        );

    private static long[] Answers(CudaSessionFactory gpu, int seed)
    {
        using var session = gpu.Create();
        using var batch = Batch(4, gpu.PixelMemory, seed);
        return [.. Enumerable.Range(0, 20).SelectMany(_ => session.Run(batch).Classes.ToArray())];
    }

    private static ImageBatch Batch(int size, IPixelMemory memory, int seed = 2)
    {
        var batch = new ImageBatch(size, TinyModel.Height, TinyModel.Width, memory) { Count = size };
        var random = new Random(seed);
        for (var i = 0; i < size; i++)
            random.NextBytes(batch.Slot(i));
        return batch;
    }
}
