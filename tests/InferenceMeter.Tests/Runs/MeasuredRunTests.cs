using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Tests.Inference;
using InferenceMeter.Tests.Pipeline;

namespace InferenceMeter.Tests.Runs;

/// <summary>When a run ends and what it tells, on a clock of its own and over an engine that the test plays.</summary>
public sealed class MeasuredRunTests : IDisposable
{
    private const int Images = 40;
    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(0.5);

    private readonly TimersCounted _time = new();
    private readonly TaskCompletionSource _work = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly MeteredPipeline _metered;
    private int _batches;

    public MeasuredRunTests()
    {
        var engine = new Engine([new FaultySessionFactory()], new EngineConfiguration(1, 1, Images, 2), 400);
        var images = new NumberedImages([1], repeat: true);
        _metered = MeteredPipeline.Open(new(), new FakeEngineFactory(engine), _time, _ => { }, images);
    }

    public void Dispose()
    {
        _metered.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task It_ends_when_the_part_after_warm_up_is_as_long_as_was_asked_for()
    {
        var report = await RunAsync(new RunOptions { Seconds = 60 });

        Assert.InRange(report.Result.DurationSeconds, 60, 61.5);
        Assert.True(report.Result.WarmUpSeconds > 1);
        Assert.Equal(Images / BatchTime.TotalSeconds, report.Result.ImagesPerSecond!.Value.Value, 1e-9);
        // The window opens at a batch's end, the counters are read up to a batch later or earlier.
        Assert.InRange(report.Devices.Single().Images - report.Result.ImagesOk, -Images, Images);
        Assert.Equal(report.Result.DurationSeconds * 80, report.Result.ImagesOk, 1e-6);
        // 3.60 USD/hour at 80 images/s.
        var wall = report.Costs.Single(cost => cost.Basis == Basis.Wall);
        Assert.Equal(0.001 / 80 * 1e9, (double)wall.UsdPerBillion, 1e-3);
    }

    [Fact]
    public async Task It_goes_on_until_there_are_as_many_images_as_were_asked_for()
    {
        var report = await RunAsync(new RunOptions { Seconds = 10, Images = 4000 });

        Assert.InRange(report.Result.ImagesOk, 4000, 4000 + 3 * Images);
        Assert.InRange(report.Result.DurationSeconds, 50, 52);
    }

    [Fact]
    public async Task It_ends_with_the_pipeline_and_is_too_short_then()
    {
        var report = await RunAsync(new RunOptions { Seconds = 60 }, then: _work.SetResult, afterBatches: 60);

        Assert.InRange(report.Result.DurationSeconds, 10, 30);
        Assert.Contains(report.Verdict.Reasons, reason => reason.StartsWith("too short", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_measured_until_it_is_stopped_is_still_judged()
    {
        var report = await RunAsync(new RunOptions { Seconds = 60 }, then: _stop.Cancel, afterBatches: 60);

        Assert.InRange(report.Result.DurationSeconds, 10, 30);
        Assert.Equal(80, report.Result.ImagesPerSecond!.Value.Value, 1e-9);
    }

    [Theory]
    [InlineData(null, 70)]
    [InlineData(15.0, 15)]
    public async Task A_run_that_never_settles_is_given_up(double? giveUpAfter, double seconds)
    {
        var options = new RunOptions
        {
            Seconds = 10,
            GiveUpAfter = giveUpAfter is { } limit ? TimeSpan.FromSeconds(limit) : null,
        };

        // From 1 to 400 images a batch: no two stretches are alike.
        var report = await RunAsync(options, images: batch => batch % 7 == 0 ? 400 : 1 + (batch % 3));

        Assert.False(report.Result.ReachedSteady);
        Assert.Contains("no steady state: throughput never settled", report.Verdict.Reasons);
        Assert.InRange(report.Reading.TotalWallSeconds, seconds, seconds + 1.5);
        Assert.Empty(report.Costs);
    }

    private async Task<RunReport> RunAsync(
        RunOptions options,
        Func<int, int>? images = null,
        Action? then = null,
        int afterBatches = -1
    )
    {
        var price = new Price
        {
            PerHour = new UsdPerMachineHour(3.60m),
            Source = PriceSource.Fixed,
            AsOf = new DateOnly(2026, 1, 1),
        };
        var subject = new RunSubject(_metered, new PriceTimeline(_time, price));
        var timers = _time.Timers;
        var running = new MeasuredRun(
            subject,
            new RunRecorder(_metered.Throughput, _metered.Latency),
            options
        ).RunAsync(_work.Task, progress: null, _stop.Token);
        while (true)
        {
            await Eventually.IsTrue(() => running.IsCompleted || _time.Timers > timers);
            if (running.IsCompleted)
                return await running;
            timers = _time.Timers;
            if (_batches == afterBatches)
                then!();
            Work(images?.Invoke(_batches) ?? Images);
        }
    }

    /// <summary>A batch ends and the next one begins; then time goes by, and only then the run looks.</summary>
    private void Work(int images)
    {
        if (_batches++ > 0)
        {
            _metered.Throughput.BatchFinished(images);
            _metered.Counters.AddOk(images, 0);
            _metered.Counters.AddBatch(0);
        }

        _metered.Throughput.BatchStarted();
        _time.Advance(BatchTime);
    }
}
