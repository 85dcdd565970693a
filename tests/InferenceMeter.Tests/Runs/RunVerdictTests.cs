using InferenceMeter.Metering;
using InferenceMeter.Runs;
using InferenceMeter.Tests.Metering;

namespace InferenceMeter.Tests.Runs;

public sealed class RunVerdictTests
{
    private static readonly RunResult Good = new()
    {
        Scope = Scope.Pipeline,
        ImagesOk = 60_000,
        DurationSeconds = 60,
        ReachedSteady = true,
        ImagesPerSecond = new Estimate(1000, 990, 1010),
        Segments = [.. Enumerable.Repeat(new MeterSegment(2000, 2, 2), 30)],
        CpuStolenShare = 0.02,
        DeviceThrottled = false,
        ImagesFailed = 600,
    };

    public static TheoryData<string, RunResult> Broken =>
        new()
        {
            { "no steady state", Good with { ReachedSteady = false, DurationSeconds = 0, ImagesPerSecond = null } },
            { "too short: 59.9 s measured, at least 60 s needed", Good with { DurationSeconds = 59.94 } },
            { "no confidence interval", Good with { ImagesPerSecond = null } },
            { "unstable: the 95 % interval is +-5.1", Good with { ImagesPerSecond = new Estimate(1000, 949, 1051) } },
            { "unstable: the last third ran -10.0", Good with { Segments = Falling(0.9) } },
            { "unstable: the last third ran +10.0", Good with { Segments = Falling(1.1) } },
            { "too few images: 0 classified", Good with { ImagesOk = 0, ImagesFailed = 0 } },
            { "device throttled", Good with { DeviceThrottled = true } },
            { "CPU stolen: 2.1", Good with { CpuStolenShare = 0.021 } },
            { "failed images: 1.6", Good with { ImagesFailed = 1000 } },
            {
                "errors in inference: the model could not be run on 1 images",
                Good with
                {
                    ImagesFailedInInference = 1,
                }
            },
        };

    [Fact]
    public void A_run_that_breaks_no_rule_is_valid()
    {
        var verdict = RunVerdict.Judge(Good, RunRules.Default);

        Assert.Equal([], verdict.Reasons);
        Assert.True(verdict.Valid);
        Assert.Equal(Verdict.Valid, verdict.Verdict);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Each_broken_rule_is_the_one_reason_given(string reason, RunResult result)
    {
        var verdict = RunVerdict.Judge(result, RunRules.Default);

        Assert.StartsWith(reason, Assert.Single(verdict.Reasons), StringComparison.Ordinal);
        Assert.Equal((false, Verdict.Invalid), (verdict.Valid, verdict.Verdict));
    }

    [Fact]
    public void What_is_unknown_breaks_no_rule() =>
        Assert.True(
            RunVerdict
                .Judge(Good with { CpuStolenShare = null, DeviceThrottled = null, Segments = [] }, RunRules.Default)
                .Valid
        );

    [Fact]
    public void All_broken_rules_are_named_at_once()
    {
        var result = Good with
        {
            DurationSeconds = 1,
            ImagesPerSecond = null,
            DeviceThrottled = true,
            CpuStolenShare = 0.5,
            ImagesFailedInInference = 3,
        };

        Assert.Equal(5, RunVerdict.Judge(result, RunRules.Default).Reasons.Count);
    }

    [Fact]
    public void Beside_MLPerf_a_run_is_600_seconds_and_24576_images_long()
    {
        var shortRun = Good with { DurationSeconds = 599, ImagesOk = 24_575, ImagesFailed = 0 };

        Assert.Equal(2, RunVerdict.Judge(shortRun, RunRules.MlPerf).Reasons.Count);
        Assert.True(
            RunVerdict.Judge(shortRun with { DurationSeconds = 600, ImagesOk = 24_576 }, RunRules.MlPerf).Valid
        );
    }

    [Fact]
    public void A_simulated_minute_of_steady_work_is_valid()
    {
        var engine = new MeterSimulation();
        var noise = new Noise(5);
        engine.Work(until: 80, () => 0.1 * noise.Factor(0.1));

        var result = RunResult.From(engine.Meter.Read(), Scope.Model);

        Assert.Equal([], RunVerdict.Judge(result, RunRules.Default).Reasons);
        Assert.Equal(engine.Now, result.WarmUpSeconds + result.DurationSeconds, 0.2);
        Assert.Equal(result.ImagesOk / result.DurationSeconds, result.ImagesPerSecond!.Value.Value, 1.0);
        Assert.Equal(result.DurationSeconds, result.BusySeconds, 6);
    }

    [Fact]
    public void A_run_that_hangs_at_its_end_is_not_valid_and_its_throughput_counts_the_hang()
    {
        var engine = new MeterSimulation();
        engine.Work(until: 80, batchSeconds: 0.1);
        engine.Meter.BatchStarted();
        engine.Pass(40);

        var result = RunResult.From(engine.Meter.Read(), Scope.Model);

        Assert.Equal(result.ImagesOk / result.DurationSeconds, result.ImagesPerSecond!.Value.Value, 1.0);
        Assert.False(RunVerdict.Judge(result, RunRules.Default).Valid);
    }

    [Fact]
    public void A_run_that_never_was_steady_has_no_measured_part()
    {
        var engine = new MeterSimulation();
        engine.Work(until: 2, batchSeconds: 0.1);

        var result = RunResult.From(engine.Meter.Read(), Scope.Model);

        Assert.Equal((0, 0.0, false), (result.ImagesOk, result.DurationSeconds, result.ReachedSteady));
        Assert.Null(result.ImagesPerSecond);
    }

    private static MeterSegment[] Falling(double last) =>
        [.. Enumerable.Range(0, 30).Select(i => new MeterSegment(i < 20 ? 2000 : (long)(2000 * last), 2, 2))];
}
