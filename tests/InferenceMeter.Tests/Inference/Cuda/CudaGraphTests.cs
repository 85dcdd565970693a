using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;

namespace InferenceMeter.Tests.Inference.Cuda;

/// <summary>When CUDA graphs are captured, replayed and given up.</summary>
public sealed class CudaGraphTests : TinyCudaSessions
{
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
            Cuda,
            Cuda.Describe(0),
            provider,
            model.Values,
            model.Description,
            graphs: true,
            Said.Add
        );

        Assert.False(gpu.Facts.CudaGraphs);
        Assert.StartsWith("cuda:0: no CUDA graphs: ", Assert.Single(Said), StringComparison.Ordinal);
        Answers(gpu, 1);
        Assert.DoesNotContain(true, provider.Opened);
    }

    [Fact]
    public void When_a_graph_cannot_be_captured_later_on_the_next_session_does_without()
    {
        using var gpu = Open(Load());
        using var session = gpu.Create();
        using var batch = Batch(2, gpu.PixelMemory);
        Assert.True(gpu.Facts.CudaGraphs);
        Cuda.CopyBackFails = 901;

        Assert.Equal(InferenceFault.Failed, Assert.Throws<InferenceException>(() => session.Run(batch)).Fault);
        Cuda.CopyBackFails = null;

        Assert.Equal((false, "0"), (gpu.Facts.CudaGraphs, gpu.Facts.Options["enable_cuda_graph"]));
        gpu.Create().Dispose();
    }

    [Fact]
    public void A_new_thread_captures_again_only_after_plain_runs_of_its_own_and_a_known_thread_replays()
    {
        using var gpu = Open(Load());
        using var session = gpu.Create();
        using var batch = Batch(2, gpu.PixelMemory);
        using var first = new DedicatedThread();
        using var second = new DedicatedThread();
        Runs.Captured.Clear();
        Runs.PlainBeforeCapture.Clear();

        foreach (var thread in new[] { first, second })
            Wait(thread, () => Repeat(10, () => session.Run(batch)));

        // Two threads, one capture each; ten runs, of which none after that is captured.
        Assert.Equal(2, Runs.Captured.Select(capture => capture.Thread).Distinct().Count());
        Assert.Equal(2, Runs.Captured.Count);
        Assert.Equal([2, 2], Runs.PlainBeforeCapture);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_failed_capture_is_ended_on_its_thread_and_the_batch_is_run_without_graphs(int images)
    {
        using var gpu = Open(Load());
        Runs.CaptureFails = new CudaException(
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

        Assert.Empty(Cuda.Capturing);
        Assert.Equal((false, "0"), (gpu.Facts.CudaGraphs, gpu.Facts.Options["enable_cuda_graph"]));
        Assert.False(Provider!.Opened.Last());
    }

    [Fact]
    public void A_session_whose_stream_captures_for_ever_is_left_and_not_torn_down()
    {
        using var gpu = Open(Load());
        using var batch = Batch(2, gpu.PixelMemory);
        Cuda.CapturesForEver = true;
        Runs.CaptureFails = new CudaException("cudaStreamEndCapture", 901, "previous error during capture");
        var session = gpu.Create();

        Assert.Throws<InferenceException>(() => Repeat(8, () => session.Run(batch)));

        // The fake fails the test when a session whose stream captures is disposed of.
        session.Dispose();
        Assert.False(gpu.Facts.CudaGraphs);
    }

    [Fact]
    public void At_the_start_a_failed_capture_is_said_once_and_graphs_are_left_alone()
    {
        Runs.CaptureFails = new CudaException(
            "cudaStreamEndCapture",
            901,
            "operation failed due to a previous error during capture"
        );

        using var gpu = Open(Load());

        Assert.False(gpu.Facts.CudaGraphs);
        Assert.StartsWith("cuda:0: no CUDA graphs: ", Assert.Single(Said), StringComparison.Ordinal);
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
        Runs.PlanningFails = full;
        if (alsoWithout)
            Runs.AllFail = full;

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
        Provider = new FakeCudaProvider(model) { GraphsHoldOneShape = true };
        using var gpu = CudaSessionFactory.Open(
            Cuda,
            Cuda.Describe(0),
            Provider,
            model.Values,
            model.Description,
            graphs: true,
            Said.Add
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
}
