using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;

namespace InferenceMeter.Tests.Inference.Cuda;

/// <summary>The whole way of a batch to a device and back, on a driver and a provider that stand on the CPU.</summary>
public sealed class CudaSessionTests : TinyCudaSessions
{
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

        Assert.Empty(Cuda.Held);
        Assert.Equal(0, Cuda.OpenContexts[0]);
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
        Assert.Empty(Said);
    }

    [Fact]
    public void A_device_that_leaves_the_whole_model_to_the_CPU_is_not_used_under_its_name()
    {
        var model = Load();
        var provider = new FakeCudaProvider(model) { Name = "CUDAExecutionProvider" };

        var refused = Assert.Throws<InferenceException>(() =>
            CudaSessionFactory.Open(
                Cuda,
                Cuda.Describe(0),
                provider,
                model.Values,
                model.Description,
                graphs: true,
                Said.Add
            )
        );

        Assert.Contains("every node of the model on the CPU", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, Cuda.OpenContexts[0]);
        Assert.Empty(Cuda.Held);
    }

    [Fact]
    public void The_bare_loop_runs_on_the_device_alone()
    {
        using var gpu = Open(Load());
        using var loop = gpu.CreateBareLoop(3);

        loop.RunOnce();
        Cuda.MaxCopyBytes = 0;
        loop.RunOnce();

        Assert.Equal(3, loop.BatchSize);
    }

    [Fact]
    public void Out_of_memory_is_told_as_what_it_is()
    {
        using var gpu = Open(Load());
        using var session = gpu.Create();
        using var batch = Batch(4, gpu.PixelMemory);
        Cuda.MaxCopyBytes = 2 * batch.BytesPerImage;

        var full = Assert.Throws<InferenceException>(() => session.Run(batch));

        Assert.Equal(InferenceFault.OutOfMemory, full.Fault);
        Assert.Contains("a batch of 4", full.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', full.Message);
    }

    [Fact]
    public void A_device_that_answers_for_the_picture_before_is_found_out_and_refused()
    {
        Cuda.LateCopies = true;

        var refused = Assert.Throws<InferenceException>(() => Open(Load()));

        Assert.Contains(
            "the same picture is answered differently from run to run",
            refused.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("no CUDA graphs", Assert.Single(Said), StringComparison.Ordinal);
        Assert.Empty(Cuda.Held);
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
        Cuda.CopyBackFails = 1;
        if (driver != 0)
            Cuda.BrokenAtNextSynchronize = driver;

        Assert.Equal(fault, Assert.Throws<InferenceException>(() => session.Run(batch)).Fault);
        session.Dispose();
    }

    [Fact]
    public void A_lost_device_is_told_as_lost_and_can_be_left()
    {
        using var gpu = Open(Load());
        var session = gpu.Create();
        var batch = Batch(4, gpu.PixelMemory);
        session.Run(batch);
        Cuda.Broken[0] = 719;

        var lost = Assert.Throws<InferenceException>(() => session.Run(batch));
        session.Dispose();
        batch.Dispose();

        Assert.Equal(InferenceFault.DeviceLost, lost.Fault);
        Assert.Contains("restart the meter", lost.Message, StringComparison.Ordinal);
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

    [Fact]
    public void A_device_that_computes_nothing_is_refused()
    {
        Runs.DoNothing = true;

        var refused = Assert.Throws<InferenceException>(() => Open(Load()));

        Assert.Contains("answered alike", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_proof_is_repeated_at_a_larger_batch_with_two_sessions_at_once()
    {
        using var gpu = Open(Load());
        var before = Provider!.Opened.Count;
        Runs.Captured.Clear();

        gpu.Prove(8, 2, Said.Add);

        Assert.Empty(Said);
        Assert.Equal(2, Provider.Opened.Count - before);
        Assert.Equal(2, Runs.Captured.Select(capture => capture.Thread).Distinct().Count());
        Assert.True(gpu.Facts.CudaGraphs);

        Cuda.LateCopies = true;
        Assert.Contains(
            "answered differently",
            Assert.Throws<InferenceException>(() => gpu.Prove(8, 2, Said.Add)).Message,
            StringComparison.Ordinal
        );
    }
}
