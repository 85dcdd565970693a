using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Metering;

public sealed class ThroughputMeterTests
{
    [Fact]
    public void Nothing_can_be_said_before_a_batch_has_finished()
    {
        var engine = new MeterSimulation();

        engine.Pass(3);

        var reading = engine.Readings[^1];
        Assert.Equal(MeasurementState.Warming, reading.State);
        Assert.Equal("no batch has finished yet", reading.StateReason);
        Assert.Empty(reading.Windows);
        Assert.Null(reading.Capacity);
        Assert.Null(reading.RecentImagesPerSecond);
        Assert.Null(reading.SteadySince);
    }

    [Theory]
    [InlineData(0.003, 1)]
    [InlineData(0.05, 32)]
    [InlineData(0.25, 32)]
    [InlineData(0.9, 256)]
    public void A_constant_rate_is_found_exactly_whatever_the_batch(double batchSeconds, int images)
    {
        var engine = new MeterSimulation();

        engine.Work(until: 120, batchSeconds, images);

        var reading = engine.Readings[^1];
        var truth = images / batchSeconds;
        Assert.Equal(MeasurementState.Steady, reading.State);
        Assert.Null(reading.StateReason);
        foreach (
            var name in new[]
            {
                MeasurementWindow.TenSeconds,
                MeasurementWindow.OneMinute,
                MeasurementWindow.FiveMinutes,
                MeasurementWindow.SinceStart,
            }
        )
        {
            var rate = reading.Window(name)!.ImagesPerSecond!.Value;
            Assert.Equal(truth, rate.Value, truth * 1e-4);
            Assert.InRange(truth, rate.Low * (1 - 1e-4), rate.High * (1 + 1e-4));
            Assert.InRange(rate.RelativeHalfWidth, 0, 0.02);
        }

        Assert.Equal(truth, reading.RecentImagesPerSecond!.Value, truth * 1e-4);
        Assert.Equal(truth, reading.Capacity!.Value.Value, truth * 1e-4);
    }

    [Fact]
    public void Windows_grow_to_their_names_and_begin_on_completions_after_warm_up()
    {
        var engine = new MeterSimulation();

        engine.Work(until: 400, batchSeconds: 0.25);

        var reading = engine.Readings[^1];
        Assert.Equal(
            [
                MeasurementWindow.TenSeconds,
                MeasurementWindow.OneMinute,
                MeasurementWindow.FiveMinutes,
                MeasurementWindow.SinceStart,
            ],
            reading.Windows.Select(window => window.Window)
        );
        Assert.Equal(10, reading.Window(MeasurementWindow.TenSeconds)!.WallSeconds, 0.26);
        Assert.Equal(60, reading.Window(MeasurementWindow.OneMinute)!.WallSeconds, 0.26);
        Assert.Equal(300, reading.Window(MeasurementWindow.FiveMinutes)!.WallSeconds, 0.26);
        Assert.Equal(
            engine.SecondsOf(reading.At) - engine.SecondsOf(reading.SteadySince!.Value),
            reading.Window(MeasurementWindow.SinceStart)!.WallSeconds,
            0.51
        );
        foreach (var window in reading.Windows)
        {
            Assert.True(window.From >= reading.SteadySince && window.To <= reading.At);
            Assert.Equal(128 * window.WallSeconds, window.Images, 1e-6);
            Assert.Equal(window.WallSeconds, engine.SecondsOf(window.To) - engine.SecondsOf(window.From), 6);
        }
    }

    [Fact]
    public void Windows_are_shorter_than_their_names_at_first()
    {
        var engine = new MeterSimulation();

        engine.Work(until: 30, batchSeconds: 0.1);

        var reading = engine.Readings[^1];
        var start = reading.Window(MeasurementWindow.SinceStart)!;
        Assert.InRange(start.WallSeconds, 20, 27);
        Assert.Equal(start.WallSeconds, reading.Window(MeasurementWindow.FiveMinutes)!.WallSeconds, 9);
        Assert.Equal(start.WallSeconds, reading.Window(MeasurementWindow.OneMinute)!.WallSeconds, 9);
        Assert.InRange(reading.Window(MeasurementWindow.TenSeconds)!.WallSeconds, 9.8, 10.3);
    }

    [Fact]
    public void A_long_first_batch_is_left_out()
    {
        var engine = new MeterSimulation();
        engine.Meter.BatchStarted();
        engine.Pass(5);
        engine.Meter.BatchFinished(32);

        engine.Work(until: 60, batchSeconds: 0.1);

        var start = engine.Readings[^1].Window(MeasurementWindow.SinceStart)!;
        Assert.InRange(engine.SecondsOf(start.From), 8, 12);
        Assert.Equal(320, start.ImagesPerSecond!.Value.Value, 1.0);
    }

    [Theory]
    [InlineData(1, 0.9)]
    [InlineData(3, 0.75)]
    [InlineData(6, 0.5)]
    public void A_slow_start_is_left_out(double timeConstant, double slower)
    {
        var engine = new MeterSimulation();

        engine.Work(until: 120, () => 0.1 / (1 - slower * Math.Exp(-engine.Now / timeConstant)));

        var reading = engine.Readings[^1];
        Assert.Equal(MeasurementState.Steady, reading.State);
        Assert.Equal(320, reading.Window(MeasurementWindow.SinceStart)!.ImagesPerSecond!.Value.Value, 320 * 0.01);
        Assert.Equal(320, reading.Window(MeasurementWindow.TenSeconds)!.ImagesPerSecond!.Value.Value, 320 * 0.001);
    }

    [Fact]
    public void Nothing_is_quotable_unless_steady()
    {
        var engine = new MeterSimulation();
        engine.Work(until: 40, batchSeconds: 0.1);
        engine.Work(until: 55, batchSeconds: 0.2);
        engine.Work(until: 100, batchSeconds: 0.1);
        engine.Pass(20);

        Assert.Contains(
            engine.Readings,
            reading => reading.State == MeasurementState.Unstable && reading.Windows.Count > 0
        );
        Assert.Contains(
            engine.Readings,
            reading => reading.State == MeasurementState.Idle && reading.Windows.Count > 0
        );
        Assert.All(
            engine.Readings,
            reading =>
            {
                var steady = reading.State == MeasurementState.Steady;
                Assert.Equal(steady, reading.StateReason is null);
                if (steady)
                    return;
                Assert.All(
                    reading.Windows,
                    window => Assert.Null(window.ImagesPerSecond ?? window.ImagesPerBusySecond)
                );
            }
        );
    }

    [Fact]
    public void Busy_time_is_the_union_of_batches_that_overlap()
    {
        var engine = new MeterSimulation();
        for (var round = 0; round < 3; round++)
        {
            engine.Meter.BatchStarted();
            engine.Pass(1);
            engine.Meter.BatchStarted();
            engine.Pass(1);
            engine.Meter.BatchFinished(8);
            engine.Pass(1);
            engine.Meter.BatchFinished(8);
            engine.Pass(1);
        }

        var reading = engine.Meter.Read();
        Assert.Equal(9, reading.TotalBusySeconds, 9);
        Assert.Equal(12, reading.TotalWallSeconds, 9);
        Assert.Equal((48, 6, 0), (reading.TotalImages, reading.TotalBatches, reading.InFlight));
    }

    [Fact]
    public void A_batch_still_executing_counts_as_busy_but_its_images_do_not_yet()
    {
        var engine = new MeterSimulation();
        engine.Meter.BatchStarted();
        engine.Pass(2.5);

        var reading = engine.Meter.Read();

        Assert.Equal(2.5, reading.TotalBusySeconds, 9);
        Assert.Equal((0, 1), (reading.TotalImages, reading.InFlight));
    }

    [Fact]
    public void Wall_and_busy_throughput_differ_by_the_share_of_time_that_the_engine_works()
    {
        var engine = new MeterSimulation();

        engine.Work(until: 90, batchSeconds: 0.15, images: 30, pause: 0.05);

        var window = engine.Readings[^1].Window(MeasurementWindow.OneMinute)!;
        Assert.Equal(150, window.ImagesPerSecond!.Value.Value, 0.5);
        Assert.Equal(200, window.ImagesPerBusySecond!.Value.Value, 0.5);
        Assert.Equal(0.75, window.BusySeconds / window.WallSeconds, 0.005);
    }

    [Fact]
    public void A_failed_batch_takes_time_and_counts_no_image()
    {
        var engine = new MeterSimulation();
        var batch = 0;
        while (engine.Now < 60)
        {
            engine.Meter.BatchStarted();
            engine.Pass(0.1);
            engine.Meter.BatchFinished(batch++ % 4 == 3 ? 0 : 32);
        }

        var rate = engine.Readings[^1].Window(MeasurementWindow.SinceStart)!.ImagesPerSecond!.Value;
        Assert.Equal(240, rate.Value, 2.0);
    }

    [Fact]
    public void Capacity_is_the_best_level_shown_and_is_kept()
    {
        var engine = new MeterSimulation();
        engine.Work(until: 60, batchSeconds: 0.1);
        engine.Work(until: 120, batchSeconds: 0.2);
        engine.Pass(30);

        Assert.Equal(MeasurementState.Idle, engine.Readings[^1].State);
        Assert.Equal(320, engine.Readings[^1].Capacity!.Value.Value, 1.0);
    }

    [Fact]
    public void A_short_burst_is_not_the_capacity()
    {
        var engine = new MeterSimulation();
        engine.Work(until: 60, batchSeconds: 0.1);
        engine.Work(until: 62, batchSeconds: 0.05);
        engine.Work(until: 90, batchSeconds: 0.1);

        Assert.InRange(engine.Readings[^1].Capacity!.Value.Value, 319, 320 * 1.05);
    }

    [Fact]
    public void Five_minutes_without_a_reading_are_caught_up_with()
    {
        var (read, unread) = (new MeterSimulation(), new MeterSimulation(reads: false));
        foreach (var engine in new[] { read, unread })
        {
            var noise = new Noise(7);
            engine.Work(until: 300, () => 0.12 * noise.Factor(0.1));
        }

        var (expected, late) = (read.Meter.Read(), unread.Meter.Read());

        Assert.Equal(MeasurementState.Steady, late.State);
        Assert.Equal(expected.SteadySince, late.SteadySince);
        Assert.Equal(expected.Capacity, late.Capacity);
        Assert.Equal(expected.Windows, late.Windows);
    }

    [Fact]
    public void An_hour_without_a_reading_is_survived()
    {
        var engine = new MeterSimulation(reads: false);

        engine.Work(until: 3600, batchSeconds: 0.25);
        var reading = engine.Meter.Read();

        Assert.Equal(MeasurementState.Steady, reading.State);
        Assert.Equal(128, reading.Window(MeasurementWindow.FiveMinutes)!.ImagesPerSecond!.Value.Value, 0.1);
        Assert.Equal(14_400 * 32, reading.TotalImages);
    }

    [Fact]
    public void Twenty_thousand_batches_a_second_are_counted_exactly_in_fixed_memory()
    {
        var engine = new MeterSimulation();

        engine.Work(until: 15, batchSeconds: 50e-6, images: 8);

        var reading = engine.Meter.Read();
        Assert.Equal(300_000, reading.TotalBatches);
        Assert.Equal(2_400_000, reading.TotalImages);
        Assert.Equal(160_000, reading.Window(MeasurementWindow.SinceStart)!.ImagesPerSecond!.Value.Value, 200.0);
    }

    [Fact]
    public void Counting_a_batch_allocates_nothing()
    {
        var meter = new ThroughputMeter(TimeProvider.System, new MeterOptions());
        Count(10);

        // The least of three: the runtime itself may allocate on any thread, such as when a method is compiled anew.
        var allocated = Enumerable
            .Range(0, 3)
            .Min(_ =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                Count(20_000);
                return GC.GetAllocatedBytesForCurrentThread() - before;
            });

        Assert.Equal(0, allocated);

        void Count(int batches)
        {
            for (var i = 0; i < batches; i++)
            {
                meter.BatchStarted();
                meter.BatchFinished(1);
            }
        }
    }

    [Fact]
    public void Batches_of_many_threads_are_all_counted_while_others_read()
    {
        var meter = new ThroughputMeter(TimeProvider.System, new MeterOptions());
        const int Threads = 4,
            Batches = 20_000;

        Parallel.For(
            0,
            Threads + 1,
            new ParallelOptions { MaxDegreeOfParallelism = Threads + 1 },
            thread =>
            {
                for (var i = 0; i < Batches; i++)
                {
                    if (thread == Threads)
                    {
                        if (i % 1000 == 0)
                            Assert.InRange(meter.Read().TotalImages, 0, Threads * Batches * 3);
                        continue;
                    }

                    meter.BatchStarted();
                    meter.BatchFinished(3);
                }
            }
        );

        var reading = meter.Read();
        Assert.Equal(
            (Threads * Batches * 3, Threads * Batches, 0),
            (reading.TotalImages, reading.TotalBatches, reading.InFlight)
        );
        Assert.InRange(reading.TotalBusySeconds, 0, reading.TotalWallSeconds);
    }
}
