using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Metering;

public sealed class MeterStateTests
{
    private readonly MeterSimulation _engine = new();

    private MeterReading Last => _engine.Readings[^1];

    [Fact]
    public void Steady_comes_a_few_seconds_after_the_first_completion()
    {
        _engine.Pass(20);
        _engine.Work(until: 40, batchSeconds: 0.1);

        var steady = _engine.SecondsOf(Last.SteadySince!.Value);
        Assert.InRange(steady, 24, 28);
        Assert.Contains(MeasurementState.Idle, _engine.States());
        Assert.Equal(MeasurementState.Steady, Last.State);
    }

    [Fact]
    public void A_change_of_level_is_unstable_until_the_new_level_has_settled()
    {
        _engine.Work(until: 60, batchSeconds: 0.1);
        _engine.Work(until: 120, batchSeconds: 0.2);

        Assert.Equal(
            [MeasurementState.Warming, MeasurementState.Steady, MeasurementState.Unstable, MeasurementState.Steady],
            _engine.States()
        );
        var unstable = _engine.Readings.Where(reading => reading.State == MeasurementState.Unstable).ToArray();
        Assert.InRange(_engine.SecondsOf(unstable[0].At), 60, 70);
        Assert.InRange(_engine.SecondsOf(unstable[^1].At), 65, 90);
        Assert.All(unstable, reading => Assert.NotNull(reading.StateReason));
        Assert.Equal(160, Last.Window(MeasurementWindow.TenSeconds)!.ImagesPerSecond!.Value.Value, 1.0);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.2)]
    public void Ordinary_noise_does_not_make_a_steady_engine_unstable(double spread)
    {
        var noise = new Noise(11);

        _engine.Work(until: 300, () => 0.1 * noise.Factor(spread));

        Assert.Equal([MeasurementState.Warming, MeasurementState.Steady], _engine.States());
    }

    [Fact]
    public void Throughput_that_never_settles_becomes_unstable_with_the_reason_after_a_minute()
    {
        // Grows by 3 % each second for two minutes.
        _engine.Work(until: 90, () => 2 * Math.Exp(-0.03 * _engine.Now));

        Assert.Equal([MeasurementState.Warming, MeasurementState.Unstable], _engine.States());
        Assert.StartsWith("no steady state within 60 s: ", Last.StateReason, StringComparison.Ordinal);
        Assert.Null(Last.SteadySince);
        Assert.Empty(Last.Windows);
    }

    [Fact]
    public void Wild_batches_are_not_steady()
    {
        var noise = new Noise(3);

        _engine.Work(until: 90, () => noise.Uniform(0, 1) < 0.05 ? 3 : 0.05);

        Assert.DoesNotContain(MeasurementState.Steady, _engine.States());
    }

    [Fact]
    public void Nothing_in_flight_for_five_seconds_is_idle_and_work_afterwards_is_steady_again()
    {
        _engine.Work(until: 30, batchSeconds: 0.1);
        var since = Last.SteadySince;
        _engine.Pass(60);
        var idle = Last;
        _engine.Work(until: 120, batchSeconds: 0.1);

        Assert.Equal(MeasurementState.Idle, idle.State);
        Assert.Equal("nothing is in flight", idle.StateReason);
        Assert.InRange(
            _engine.SecondsOf(_engine.Readings.First(reading => reading.State == MeasurementState.Idle).At),
            35,
            37
        );
        Assert.Equal(MeasurementState.Steady, Last.State);
        Assert.InRange(
            _engine.SecondsOf(_engine.Readings.Last(reading => reading.State != MeasurementState.Steady).At),
            92,
            98
        );
        Assert.Equal(since, Last.SteadySince);
    }

    [Fact]
    public void Idle_time_is_paid_for_it_stays_in_the_windows()
    {
        _engine.Work(until: 30, batchSeconds: 0.1);
        _engine.Pass(30);
        _engine.Work(until: 90, batchSeconds: 0.1);

        var start = Last.Window(MeasurementWindow.SinceStart)!;
        Assert.Equal(30, start.WallSeconds - start.BusySeconds, 0.2);
        Assert.InRange(start.ImagesPerSecond!.Value.Value, 180, 230);
        Assert.Equal(320, start.ImagesPerBusySecond!.Value.Value, 1.0);
    }

    [Fact]
    public void A_batch_that_hangs_is_unstable_and_never_idle()
    {
        _engine.Work(until: 30, batchSeconds: 0.1);
        _engine.Meter.BatchStarted();
        _engine.Pass(60);

        Assert.Equal(MeasurementState.Unstable, Last.State);
        Assert.StartsWith("no batch has finished for ", Last.StateReason, StringComparison.Ordinal);
        Assert.DoesNotContain(MeasurementState.Idle, _engine.States());
        Assert.InRange(
            _engine.SecondsOf(_engine.Readings.First(reading => reading.State == MeasurementState.Unstable).At),
            30,
            35
        );
    }

    [Fact]
    public void Batches_of_several_seconds_are_not_taken_for_a_hang()
    {
        _engine.Work(until: 180, batchSeconds: 4, images: 512);

        Assert.Equal([MeasurementState.Warming, MeasurementState.Steady], _engine.States());
        Assert.Equal(128, Last.Window(MeasurementWindow.SinceStart)!.ImagesPerSecond!.Value.Value, 0.1);
    }

    [Fact]
    public void Only_failed_batches_are_never_steady()
    {
        _engine.Work(until: 90, batchSeconds: 0.1, images: 0);

        Assert.DoesNotContain(MeasurementState.Steady, _engine.States());
    }
}
