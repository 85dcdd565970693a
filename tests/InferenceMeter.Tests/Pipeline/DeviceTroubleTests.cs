using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Tests.Inference;

namespace InferenceMeter.Tests.Pipeline;

/// <summary>Several devices under one pipeline, and what becomes of the images when one of them fails.</summary>
public sealed class DeviceTroubleTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly WorkCounters _counters = new(TimeProvider.System, "test", devices: 2);
    private readonly Answers _answers = new();
    private readonly FaultySessionFactory _first = new() { Device = "cuda:0" };
    private readonly FaultySessionFactory _second = new() { Device = "cuda:1" };

    [Fact]
    public async Task Two_devices_share_the_work_and_each_is_counted_for_its_own()
    {
        // Each waits until the other has begun, so that one does not run all before the other wakes up.
        bool first = false,
            second = false;
        _first.BeforeRun = () =>
        {
            Volatile.Write(ref first, true);
            SpinWait.SpinUntil(() => Volatile.Read(ref second), Patience);
        };
        _second.BeforeRun = () =>
        {
            Volatile.Write(ref second, true);
            SpinWait.SpinUntil(() => Volatile.Read(ref first), Patience);
        };

        await RunAsync(new NumberedImages(new byte[400]));

        var work = _counters.Snapshot();
        Assert.Equal(400, work.Ok);
        Assert.All(work.Devices, device => Assert.True(device is { Ok: > 0, Batches: > 0, BusySeconds: > 0 }));
        Assert.Equal(100, work.Batches);
    }

    [Theory]
    [InlineData(Scope.Pipeline)]
    [InlineData(Scope.Model)]
    public async Task When_one_device_is_lost_the_other_runs_its_images(Scope scope)
    {
        using var stop = new CancellationTokenSource();
        using var pipeline = Create(new NumberedImages(new byte[16], repeat: true), scope);
        var runs = 0;
        _first.BeforeRun = () =>
        {
            if (Interlocked.Increment(ref runs) == 3)
                _first.Lost = "Xid 79: fallen off the bus";
        };

        var work = pipeline.RunAsync(stop.Token, CancellationToken.None);
        while (!pipeline.Health.Instances.Where(instance => instance.Device == 0).All(instance => instance.Lost))
            await Task.Delay(2).WaitAsync(Patience);
        var before = _counters.Snapshot().Ok;
        while (_counters.Snapshot().Ok < before + 200)
            await Task.Delay(2).WaitAsync(Patience);
        await stop.CancelAsync();
        await work.WaitAsync(Patience);

        var counts = _counters.Snapshot();
        Assert.Equal((counts.HandedOut, 0, 0), (counts.Ok, counts.Failed, counts.Rejected));
        Assert.Contains("cuda:0 is lost: Xid 79", Assert.Single(pipeline.Health.Notes), StringComparison.Ordinal);
        Assert.Null(pipeline.Health.Broken);
    }

    [Theory]
    [InlineData(Scope.Pipeline)]
    [InlineData(Scope.Model)]
    public async Task When_every_device_is_lost_the_run_ends_with_the_reason_and_counts_every_image(Scope scope)
    {
        using var pipeline = Create(new NumberedImages(new byte[16], repeat: true), scope);
        var runs = 0;
        _first.BeforeRun = _second.BeforeRun = () =>
        {
            if (Interlocked.Increment(ref runs) == 9)
                _first.Lost = _second.Lost = "unspecified launch failure";
        };

        var error = await Assert.ThrowsAsync<InferenceException>(() =>
            pipeline.RunAsync(CancellationToken.None, CancellationToken.None).WaitAsync(Patience)
        );

        Assert.Equal(InferenceFault.DeviceLost, error.Fault);
        Assert.Contains("cuda:0 and cuda:1 lost: unspecified launch failure", error.Message, StringComparison.Ordinal);
        var counts = _counters.Snapshot();
        Assert.Equal(counts.HandedOut, counts.Ok + counts.Failed + counts.Rejected);
        Assert.True(counts.Failed > 0);
        Assert.NotNull(pipeline.Health.Broken);
    }

    [Theory]
    [InlineData(Scope.Pipeline)]
    [InlineData(Scope.Model)]
    public async Task Out_of_memory_makes_batches_smaller_once_and_loses_no_image(Scope scope)
    {
        using var stop = new CancellationTokenSource();
        using var pipeline = Create(new NumberedImages(new byte[16], repeat: true), scope);

        var work = pipeline.RunAsync(stop.Token, CancellationToken.None);
        while (_counters.Snapshot().Ok < 100)
            await Task.Delay(2).WaitAsync(Patience);
        _first.MaxImages = 3;
        while (pipeline.Health.BatchLimit is null)
            await Task.Delay(2).WaitAsync(Patience);
        var before = _counters.Snapshot().Ok;
        // Batches that were full already are run in halves; after them come smaller ones.
        while (_counters.Snapshot().Ok < before + 200)
            await Task.Delay(2).WaitAsync(Patience);
        lock (_first.RunSizes)
            _first.RunSizes.Clear();
        while (_counters.Snapshot().Ok < before + 400)
            await Task.Delay(2).WaitAsync(Patience);
        await stop.CancelAsync();
        await work.WaitAsync(Patience);

        var counts = _counters.Snapshot();
        Assert.Equal((counts.HandedOut, 0L, 0L), (counts.Ok, counts.Failed, counts.Rejected));
        Assert.Equal(2, pipeline.Health.BatchLimit);
        Assert.Equal(
            "cuda:0: out of memory with batches of 4 images; goes on with 2",
            Assert.Single(pipeline.Health.Notes)
        );
        Assert.All(_first.RunSizes, size => Assert.InRange(size, 1, 2));
    }

    private async Task RunAsync(NumberedImages source)
    {
        using var pipeline = Create(source, Scope.Pipeline);
        await pipeline.RunAsync(CancellationToken.None, CancellationToken.None).WaitAsync(Patience);
    }

    private InferencePipeline Create(NumberedImages source, Scope scope) =>
        TestPipeline.Create(
            source,
            [_first, _second],
            _counters,
            new PipelineOptions
            {
                Scope = scope,
                DecoderWorkers = 2,
                Inference = new InferenceOptions { Instances = 2 },
            },
            batches: 9,
            _answers
        );
}
