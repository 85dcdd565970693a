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
    private readonly FakeCudaRuns _runs = new();
    private FakeCudaProvider? _provider;

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

    [Fact]
    public void A_new_thread_captures_again_only_after_plain_runs_of_its_own_and_a_known_thread_replays()
    {
        using var gpu = Open(Load());
        using var session = gpu.Create();
        using var batch = Batch(2, gpu.PixelMemory);
        using var first = new DedicatedThread();
        using var second = new DedicatedThread();
        _runs.Captured.Clear();
        _runs.PlainBeforeCapture.Clear();

        foreach (var thread in new[] { first, second })
            Wait(thread, () => Repeat(10, () => session.Run(batch)));

        // Two threads, one capture each; ten runs, of which none after that is captured.
        Assert.Equal(2, _runs.Captured.Select(capture => capture.Thread).Distinct().Count());
        Assert.Equal(2, _runs.Captured.Count);
        Assert.Equal([2, 2], _runs.PlainBeforeCapture);
    }

    [Fact]
    public void The_context_is_current_to_whatever_thread_runs_the_bare_loop()
    {
        using var gpu = Open(Load());
        using var loop = gpu.CreateBareLoop(3);
        loop.RunOnce();
        using var thread = new DedicatedThread();

        // The fake session refuses a run on a thread without a current context.
        Wait(thread, loop.RunOnce);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_failed_capture_is_ended_on_its_thread_and_the_batch_is_run_without_graphs(int images)
    {
        using var gpu = Open(Load());
        _runs.CaptureFails = new CudaException(
            "cudaStreamEndCapture",
            901,
            "operation failed due to a previous error during capture"
        );
        using (var session = gpu.Create())
        {
            using var batch = Batch(images, gpu.PixelMemory);

            // The fake aborts when a stream that captures is waited for, or its session is torn down.
            Repeat(8, () => session.Run(batch));
        }

        Assert.Empty(_cuda.Capturing);
        Assert.Equal((false, "0"), (gpu.Facts.CudaGraphs, gpu.Facts.Options["enable_cuda_graph"]));
        Assert.False(_provider!.Opened.Last());
    }

    [Fact]
    public void A_session_whose_stream_captures_for_ever_is_left_and_not_torn_down()
    {
        using var gpu = Open(Load());
        using var batch = Batch(2, gpu.PixelMemory);
        _cuda.CapturesForEver = true;
        _runs.CaptureFails = new CudaException("cudaStreamEndCapture", 901, "previous error during capture");
        var session = gpu.Create();

        Assert.Throws<InferenceException>(() => Repeat(8, () => session.Run(batch)));

        // The fake fails the test when a session whose stream captures is disposed of.
        session.Dispose();
        Assert.False(gpu.Facts.CudaGraphs);
    }

    [Fact]
    public void At_the_start_a_failed_capture_is_said_once_and_graphs_are_left_alone()
    {
        _runs.CaptureFails = new CudaException(
            "cudaStreamEndCapture",
            901,
            "operation failed due to a previous error during capture"
        );

        using var gpu = Open(Load());

        Assert.False(gpu.Facts.CudaGraphs);
        Assert.StartsWith("cuda:0: no CUDA graphs: ", Assert.Single(_said), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_allocation_that_fails_up_to_the_capture_is_out_of_memory_only_if_it_fails_without_graphs_too(
        bool alsoWithout
    )
    {
        using var gpu = Open(Load());
        using var session = gpu.Create();
        using var batch = Batch(2, gpu.PixelMemory);
        var full = new CudaException("Failed to allocate memory for requested buffer of size 123");
        _runs.PlanningFails = full;
        if (alsoWithout)
            _runs.AllFail = full;

        var failure = Record.Exception(() => session.Run(batch));

        if (alsoWithout)
            Assert.Equal(InferenceFault.OutOfMemory, Assert.IsType<InferenceException>(failure).Fault);
        else
            Assert.Null(failure);
        // A batch that does not fit says nothing against graphs for those that do.
        Assert.Equal(alsoWithout, gpu.Facts.CudaGraphs);
    }

    [Fact]
    public void Where_a_graph_holds_one_shape_each_batch_size_gets_a_session_of_its_own()
    {
        var model = Load();
        using var cpu = OnnxSessionFactory.Open(Load(), new InferenceOptions { BatchSize = 4 });
        using var expected = cpu.Create();
        _provider = new FakeCudaProvider(model) { GraphsHoldOneShape = true };
        using var gpu = CudaSessionFactory.Open(
            _cuda,
            _cuda.Describe(0),
            _provider,
            model.Values,
            model.Description,
            graphs: true,
            _said.Add
        );
        using var session = gpu.Create();
        using var small = Batch(2, gpu.PixelMemory, seed: 3);
        using var large = Batch(4, gpu.PixelMemory, seed: 4);
        Repeat(8, () => session.Run(small));

        // A replay of the graph of two images would leave the other two unanswered.
        Repeat(8, () => session.Run(large));

        Assert.True(gpu.Facts.CudaGraphs);
        Assert.Equal(expected.Run(large).Classes, session.Run(large).Classes);
        Assert.Equal(expected.Run(small).Classes.Take(4), session.Run(small).Classes.Take(4));
    }

    [Fact]
    public void A_device_that_computes_nothing_is_refused()
    {
        _runs.DoNothing = true;

        var refused = Assert.Throws<InferenceException>(() => Open(Load()));

        Assert.Contains("answered alike", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_proof_is_repeated_at_a_larger_batch_with_two_sessions_at_once()
    {
        using var gpu = Open(Load());
        var before = _provider!.Opened.Count;
        _runs.Captured.Clear();

        gpu.Prove(8, 2, _said.Add);

        Assert.Empty(_said);
        Assert.Equal(2, _provider.Opened.Count - before);
        Assert.Equal(2, _runs.Captured.Select(capture => capture.Thread).Distinct().Count());
        Assert.True(gpu.Facts.CudaGraphs);

        _cuda.LateCopies = true;
        Assert.Contains(
            "answered differently",
            Assert.Throws<InferenceException>(() => gpu.Prove(8, 2, _said.Add)).Message,
            StringComparison.Ordinal
        );
    }

    private static void Wait(DedicatedThread thread, Action action) => thread.Run(action).GetAwaiter().GetResult();

    private static void Repeat(int times, Action action)
    {
        for (var i = 0; i < times; i++)
            action();
    }

    private int Held(string kind) => _cuda.Held.Values.Count(held => held == kind);

    private static OnnxModel Load(int? frozen = null) =>
        OnnxModelLoader.FromProto(new TinyModel { Batch = frozen }.Build(), "", "tiny");

    private CudaSessionFactory Open(OnnxModel model)
    {
        _provider = new FakeCudaProvider(model, runs: _runs);
        _runs.Cuda = _cuda;
        return CudaSessionFactory.Open(
            _cuda,
            _cuda.Describe(0),
            _provider,
            model.Values,
            model.Description,
            graphs: true,
            _said.Add
        );
    }

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
