using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Tests.Inference.Cuda;
using InferenceMeter.Tests.Models;

namespace InferenceMeter.Tests.Pipeline;

/// <summary>
/// The pipeline over real CUDA sessions whose driver stands on the CPU, when memory runs out and when the device goes.
/// </summary>
public sealed class CudaPipelineTests : IDisposable
{
    private static readonly TimeSpan Patience = Eventually.Deadline;

    private readonly FakeCuda _cuda = new();
    private readonly CudaSessionFactory _gpu;
    private readonly WorkCounters _counters = new(TimeProvider.System, "test");

    public CudaPipelineTests()
    {
        var model = OnnxModelLoader.FromProto(new TinyModel().Build(), "", "tiny");
        _gpu = CudaSessionFactory.Open(
            _cuda,
            _cuda.Describe(0),
            new FakeCudaProvider(model),
            model.Values,
            model.Description,
            graphs: false,
            _ => { }
        );
    }

    public void Dispose() => _gpu.Dispose();

    [Theory]
    [InlineData(Scope.Pipeline)]
    [InlineData(Scope.Model)]
    public async Task A_device_that_runs_out_of_memory_goes_on_with_smaller_batches_and_answers_every_image(Scope scope)
    {
        using var stop = new CancellationTokenSource();
        using (var pipeline = Create(scope))
        {
            var work = pipeline.RunAsync(stop.Token, CancellationToken.None);
            await Eventually.IsTrue(() => _counters.Snapshot().Ok > 40);
            _cuda.MaxCopyBytes = 3 * TinyModel.Height * TinyModel.Width * 3;
            await Eventually.IsTrue(() => pipeline.Health.BatchLimit is not null);
            var before = _counters.Snapshot().Ok;
            await Eventually.IsTrue(() => _counters.Snapshot().Ok > before + 100);
            await stop.CancelAsync();
            await work.WaitAsync(Patience);

            var counts = _counters.Snapshot();
            Assert.Equal((counts.HandedOut, 0L, 0L), (counts.Ok, counts.Failed, counts.Rejected));
            Assert.Equal(2, pipeline.Health.BatchLimit);
            Assert.Null(pipeline.Health.Broken);
        }

        // Sessions were opened anew on the way; nothing of the old ones is still held.
        Assert.Empty(_cuda.Held);
    }

    [Theory]
    [InlineData(719)]
    [InlineData(700)]
    [InlineData(100)]
    public async Task A_device_that_goes_ends_the_run_with_one_line_and_every_image_counted(int code)
    {
        var pipeline = Create(Scope.Pipeline);
        var work = pipeline.RunAsync(CancellationToken.None, CancellationToken.None);
        await Eventually.IsTrue(() => _counters.Snapshot().Ok > 40);

        _cuda.Broken[0] = code;

        var lost = await Assert.ThrowsAsync<InferenceException>(() => work.WaitAsync(Patience));
        Assert.Matches("^cuda:0 lost: [^\n]*restart the meter$", lost.Message);
        var counts = _counters.Snapshot();
        Assert.Equal(counts.HandedOut, counts.Ok + counts.Failed + counts.Rejected);
        pipeline.Dispose();
    }

    [Fact]
    public async Task A_device_that_is_busy_for_a_while_is_tried_again_until_it_is_back()
    {
        using var stop = new CancellationTokenSource();
        using var pipeline = Create(Scope.Pipeline);
        var work = pipeline.RunAsync(stop.Token, CancellationToken.None);
        await Eventually.IsTrue(() => _counters.Snapshot().Ok > 40);

        _cuda.Broken[0] = 46;
        await Eventually.IsTrue(() => pipeline.Health.Broken is not null);
        Assert.Contains("another process holds it", pipeline.Health.Broken, StringComparison.Ordinal);
        _cuda.Broken.Clear();
        var before = _counters.Snapshot().Ok;
        await Eventually.IsTrue(() => _counters.Snapshot().Ok > before + 40 && pipeline.Health.Broken is null);
        await stop.CancelAsync();
        await work.WaitAsync(Patience);

        var counts = _counters.Snapshot();
        Assert.Equal(counts.HandedOut, counts.Ok + counts.Failed + counts.Rejected);
    }

    private InferencePipeline Create(Scope scope) =>
        TestPipeline.Create(
            new NumberedImages(new byte[16], repeat: true),
            [_gpu],
            _counters,
            new PipelineOptions
            {
                Scope = scope,
                DecoderWorkers = 2,
                Inference = new InferenceOptions { Instances = 2 },
            },
            batches: 5
        );
}
