using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Tests.Inference;

namespace InferenceMeter.Tests.Pipeline;

public sealed class InferencePipelineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WorkCounters _counters = new(TimeProvider.System, "test");
    private readonly Answers _answers = new();
    private readonly FaultySessionFactory _factory = new();

    [Fact]
    public async Task Every_image_is_answered_exactly_once_also_those_that_are_none()
    {
        var images = Enumerable.Range(0, 1003).Select(i => (byte)(i % 7 == 3 ? 255 : i % 200)).ToList();

        await Run(
            new NumberedImages(images),
            new PipelineOptions
            {
                DecoderWorkers = 3,
                Inference = new InferenceOptions { Instances = 2 },
            }
        );

        var work = _counters.Snapshot();
        var bad = images.Count(b => b == 255);
        Assert.Equal(
            (1003, 1003 - bad, bad, 0),
            (work.HandedOut, work.Ok, work.FailedBy(ImageFailure.Corrupt), work.Rejected)
        );
        Assert.Equal(
            Enumerable.Range(0, 1003).Select(i => $"{i}").Order(StringComparer.Ordinal),
            _answers.Ok.Concat(_answers.Failed.Select(f => f.Name)).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task One_image_that_breaks_its_batch_costs_its_neighbours_nothing()
    {
        _factory.BadPixel = 42;
        var images = Enumerable.Range(0, 64).Select(i => (byte)i).ToList();

        await Run(new NumberedImages(images), new PipelineOptions());

        Assert.Equal([("42", ImageFailure.Inference)], _answers.Failed);
        Assert.Equal(63, _answers.Ok.Count);
        Assert.Equal(1, _counters.Snapshot().FailedBy(ImageFailure.Inference));
    }

    [Fact]
    public async Task A_session_that_dies_is_opened_anew_and_no_image_is_lost()
    {
        var runs = 0;
        _factory.BeforeRun = () =>
        {
            if (Interlocked.Increment(ref runs) == 5)
                _factory.KillSessions();
        };

        var health = await Run(new NumberedImages(new byte[64]), new PipelineOptions());

        Assert.Equal(64, _counters.Snapshot().Ok);
        Assert.InRange(health.Recreations, 1, 4);
        Assert.Null(health.Broken);
    }

    [Fact]
    public async Task An_engine_that_stays_broken_says_why_and_counts_what_it_could_not_run()
    {
        var runs = 0;
        _factory.BeforeRun = () =>
        {
            if (Interlocked.Increment(ref runs) == 3)
                _factory.Broken = "out of memory";
        };
        using var abandon = new CancellationTokenSource();
        using var pipeline = Create(new NumberedImages(new byte[8], repeat: true), new PipelineOptions());

        var work = pipeline.RunAsync(abandon.Token, abandon.Token);
        while (pipeline.Health.Broken is null)
            await Task.Delay(5).WaitAsync(Patience);
        var reason = pipeline.Health.Broken;
        await abandon.CancelAsync();
        await work.WaitAsync(Patience);

        var counts = _counters.Snapshot();
        Assert.Contains("out of memory", reason, StringComparison.Ordinal);
        Assert.Equal(counts.HandedOut, counts.Ok + counts.Failed + counts.Rejected);
        Assert.True(counts.Failed + counts.Rejected > 0);
    }

    [Fact]
    public async Task Stopped_it_finishes_what_was_handed_out_and_asks_for_no_more()
    {
        using var stop = new CancellationTokenSource();
        using var pipeline = Create(
            new NumberedImages(new byte[16], repeat: true),
            new PipelineOptions { DecoderWorkers = 2 }
        );

        var work = pipeline.RunAsync(stop.Token, CancellationToken.None);
        while (_counters.Snapshot().Ok < 500)
            await Task.Delay(1).WaitAsync(Patience);
        await stop.CancelAsync();
        await work.WaitAsync(Patience);

        var counts = _counters.Snapshot();
        Assert.Equal(counts.HandedOut, counts.Ok);
        Assert.Equal(0, counts.Rejected);
    }

    [Fact]
    public async Task Abandoned_while_the_engine_is_held_it_gives_up_what_waits_and_says_how_much()
    {
        using var stop = new CancellationTokenSource();
        using var pipeline = Create(new NumberedImages(new byte[16], repeat: true), new PipelineOptions());
        pipeline.Pause();

        var work = pipeline.RunAsync(stop.Token, stop.Token);
        while (_counters.Snapshot().HandedOut < 8)
            await Task.Delay(1).WaitAsync(Patience);
        await stop.CancelAsync();
        await work.WaitAsync(Patience);

        var counts = _counters.Snapshot();
        Assert.Equal(0, counts.Ok);
        Assert.Equal(counts.HandedOut, counts.Rejected);
    }

    [Fact]
    public async Task An_output_that_fills_its_disk_ends_the_run_with_the_error_instead_of_hanging()
    {
        _answers.FullAfter = 20;

        var error = await Assert.ThrowsAsync<IOException>(() =>
            Run(new NumberedImages(new byte[16], repeat: true), new PipelineOptions()).WaitAsync(Patience)
        );

        Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
        Assert.Equal(20, _counters.Snapshot().Ok);
    }

    [Fact]
    public async Task A_first_pass_without_one_image_ends_the_run_and_a_single_good_one_does_not()
    {
        var options = new PipelineOptions { FirstPassImages = 3 };

        var error = await Assert.ThrowsAsync<ImageSourceException>(() =>
            Run(new NumberedImages([255, 255, 255], repeat: true), options).WaitAsync(Patience)
        );

        Assert.Contains("not one of the 3 images", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, _counters.Snapshot().Failed);
        await Run(new NumberedImages([255, 7, 255]), options);
        Assert.Equal(["1"], _answers.Ok);
    }

    [Fact]
    public async Task In_the_model_scope_ready_tensors_are_run_over_and_over()
    {
        using var stop = new CancellationTokenSource();
        using var pipeline = Create(
            new NumberedImages([1, 255, 3], repeat: true),
            new PipelineOptions { Scope = Scope.Model }
        );

        var work = pipeline.RunAsync(stop.Token, CancellationToken.None);
        while (_counters.Snapshot().Ok < 100)
            await Task.Delay(1).WaitAsync(Patience);
        await stop.CancelAsync();
        await work.WaitAsync(Patience);

        var counts = _counters.Snapshot();
        Assert.Equal(counts.HandedOut, counts.Ok);
        Assert.Equal(0, counts.BusySeconds(Stage.Decode));
        Assert.All(_factory.RunSizes, size => Assert.Equal(4, size));
    }

    [Fact]
    public async Task Queues_push_back_while_the_engine_is_held()
    {
        using var stop = new CancellationTokenSource();
        using var pipeline = Create(
            new NumberedImages(new byte[16], repeat: true),
            new PipelineOptions { DecoderWorkers = 2 }
        );
        pipeline.Pause();

        var work = pipeline.RunAsync(stop.Token, stop.Token);
        var (before, now) = (-1L, 0L);
        while (now != before || now == 0)
        {
            await Task.Delay(50).WaitAsync(Patience);
            (before, now) = (now, _counters.Snapshot().HandedOut);
        }

        // All slots of all batches, what the decoders hold, and what waits in front of them.
        Assert.InRange(now, 12, (3 * 4) + 2 + 4);
        Assert.Equal(4, pipeline.QueueDepth(Stage.Decode));
        pipeline.Resume();
        await stop.CancelAsync();
        await work.WaitAsync(Patience);
    }

    private async Task<PipelineHealth> Run(IImageSource source, PipelineOptions options)
    {
        using var pipeline = Create(source, options);
        await pipeline.RunAsync(CancellationToken.None, CancellationToken.None).WaitAsync(Patience);
        return pipeline.Health;
    }

    private InferencePipeline Create(IImageSource source, PipelineOptions options) =>
        TestPipeline.Create(source, [_factory], _counters, options, batches: 3, _answers);
}
