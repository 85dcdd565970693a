using InferenceMeter.Telemetry;
using InferenceMeter.Telemetry.Nvml;
using InferenceMeter.Tests.Telemetry.Nvml;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Telemetry;

public sealed class DeviceMonitorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Answers _sensor = new();

    [Fact]
    public void A_device_that_says_nothing_gives_an_empty_span()
    {
        Assert.Equivalent(new DeviceSpan(), Create().Span(), strict: true);
        Assert.Equivalent(new DeviceSpan(), Watch(new(), new()), strict: true);
    }

    [Fact]
    public void Energy_is_the_difference_of_the_counter_over_the_time_between_its_readings()
    {
        var first = new DeviceReading
        {
            EnergyJoules = 50,
            EnergySensor = "nvml",
            PowerWatts = 9,
        };
        var second = first with { EnergyJoules = 150 };
        var third = first with { EnergyJoules = 350 };

        // The last one is shown for a while after it was taken.
        var span = Watch(first, first, second, third, third, third);

        Assert.Equal((300, "nvml"), (span.Joules, span.EnergySensor));
        Assert.Equal(0.6, span.EnergySeconds!.Value, 9);
        Assert.Equal(500, span.MeanWatts!.Value, 6);
    }

    [Fact]
    public void Without_a_counter_there_is_power_and_no_energy()
    {
        var span = Watch(new() { PowerWatts = 100 }, new() { PowerWatts = 300 }, new());

        Assert.Equal((null, null, null, 200), (span.Joules, span.EnergySeconds, span.EnergySensor, span.MeanWatts));
    }

    [Fact]
    public void One_look_has_no_energy() =>
        Assert.Equal(
            (null, null),
            (
                Watch(new DeviceReading { EnergyJoules = 5, EnergySensor = "rapl" }) is var span
                    ? (span.Joules, span.EnergySensor)
                    : default
            )
        );

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(null, false, false)]
    [InlineData(false, null, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    [InlineData(true, null, true)]
    public void Throttled_at_any_look_is_throttled(bool? one, bool? other, bool? expected) =>
        Assert.Equal(expected, Watch(new() { Throttled = one }, new() { Throttled = other }).Throttled);

    [Fact]
    public void Reasons_are_told_once_each()
    {
        var span = Watch(new() { ThrottleReasons = ["b", "a"] }, new(), new() { ThrottleReasons = ["c", "a"] });

        Assert.Equal(["b", "a", "c"], span.ThrottleReasons);
    }

    [Fact]
    public void Extremes_and_means_are_over_the_looks_that_told()
    {
        var span = Watch(
            new()
            {
                SmClockMegahertz = 1900,
                UtilizationRatio = 0.5,
                TemperatureCelsius = 60,
                MemoryUsedBytes = 10,
                OtherProcesses = 2,
                Note = "x",
            },
            new() { Lost = true },
            new()
            {
                SmClockMegahertz = 1600,
                UtilizationRatio = 1,
                TemperatureCelsius = 71,
                MemoryUsedBytes = 30,
                OtherProcesses = 0,
            },
            new()
            {
                SmClockMegahertz = 1900,
                UtilizationRatio = 0.9,
                TemperatureCelsius = 65,
                MemoryUsedBytes = 20,
                OtherProcesses = 1,
            }
        );

        Assert.Equal((1600, 1800), (span.MinSmClockMegahertz, span.MeanSmClockMegahertz));
        Assert.Equal(0.8, span.MeanUtilizationRatio!.Value, 9);
        Assert.Equal((71, 30, 2), (span.MaxTemperatureCelsius, span.MaxMemoryUsedBytes, span.MaxOtherProcesses));
        Assert.Equal((true, "x"), (span.Lost, span.Note));
    }

    [Fact]
    public void A_gpu_is_followed_over_a_run()
    {
        var nvml = new FakeNvml();
        var watch = new DeviceMonitor(new NvmlDeviceSensor(nvml, FakeNvml.CardUuid, _time), _time);
        watch.Poll();

        // 10.6 s at 300 W, with a look every 0.2 s that catches 0.2 s of a power brake after the last reading of the
        // counter.
        for (var i = 1; i <= 53; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(0.2));
            nvml.Millijoules += 60_000;
            nvml.Active = i == 52 ? ClockReasons.HwPowerBrake : ClockReasons.SwPowerCap;
            watch.Poll();
        }

        var span = watch.Span();
        Assert.Equal((3000, 10), (span.Joules!.Value, span.EnergySeconds!.Value));
        Assert.Equal(300, span.MeanWatts!.Value, 6);
        Assert.Equal(["sw_power_cap", "hw_power_brake"], span.ThrottleReasons);
        Assert.True(span.Throttled);
    }

    private DeviceMonitor Create() => new(_sensor, _time);

    private DeviceSpan Watch(params DeviceReading[] readings)
    {
        var watch = Create();
        foreach (var reading in readings)
        {
            _sensor.Next = reading;
            watch.Poll();
            _time.Advance(TimeSpan.FromSeconds(0.2));
        }

        return watch.Span();
    }

    private sealed class Answers : IDeviceSensor
    {
        public DeviceReading Next { get; set; } = new();

        public DeviceReading Read() => Next;
    }
}
