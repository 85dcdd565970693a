using InferenceMeter.Telemetry;
using InferenceMeter.Telemetry.Nvml;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Telemetry.Nvml;

public sealed class NvmlThrottlingTests
{
    private readonly FakeNvml _nvml = new();
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(0x0, false)]
    [InlineData(0x1, false)]
    [InlineData(0x4, false, "sw_power_cap")]
    [InlineData(0x8, true, "hw_slowdown")]
    [InlineData(0x10, false, "sync_boost")]
    [InlineData(0x20, true, "sw_thermal")]
    [InlineData(0x40, true, "hw_thermal")]
    [InlineData(0x80, true, "hw_power_brake")]
    [InlineData(0x100, false, "display_clock")]
    [InlineData(0x2, true, "applications_clocks")]
    [InlineData(0x4000, false)]
    [InlineData(0xC8, true, "hw_slowdown", "hw_thermal", "hw_power_brake")]
    public void Reasons_are_told_in_words_and_some_of_them_hold_the_device_back(
        ulong bits,
        bool throttled,
        params string[] words
    )
    {
        _nvml.Active = (ClockReasons)bits;

        var reading = After(1, Create());

        Assert.Equal(throttled, reading.Throttled);
        Assert.Equal(words, reading.ThrottleReasons);
    }

    [Theory]
    [InlineData(700_000, 700_000, false)]
    [InlineData(750_000, 700_000, false)]
    [InlineData(699_000, 700_000, true)]
    public void A_power_cap_holds_back_only_where_the_limit_was_lowered(uint enforced, uint byDefault, bool throttled)
    {
        _nvml.Active = ClockReasons.SwPowerCap;
        _nvml.EnforcedLimit = enforced;
        _nvml.DefaultLimit = byDefault;
        var sensor = Create();

        Assert.Equal(throttled, After(1, sensor).Throttled);
        Assert.Equal(throttled, After(0.2, sensor).Throttled);
        Assert.Equal(["sw_power_cap"], sensor.Read().ThrottleReasons);
    }

    [Theory]
    [InlineData("EnforcedPowerLimit")]
    [InlineData("DefaultPowerLimit")]
    public void A_power_cap_of_an_unknown_limit_does_not_count(string function)
    {
        _nvml.Active = ClockReasons.SwPowerCap;
        _nvml.EnforcedLimit = 1;
        _nvml.Failing[function] = NvmlReturn.NoPermission;

        Assert.False(After(1, Create()).Throttled);
    }

    [Theory]
    [InlineData(1980, false)]
    [InlineData(1410, true)]
    public void Set_clocks_hold_back_below_the_maximum(uint clock, bool throttled)
    {
        (_nvml.Active, _nvml.Clock) = (ClockReasons.ApplicationsClocks, clock);

        Assert.Equal(throttled, After(1, Create()).Throttled);
    }

    [Fact]
    public void What_was_seen_between_two_readings_is_in_the_later_one_and_shown_at_once()
    {
        var sensor = Create();
        Assert.False(After(1, sensor).Throttled);

        _nvml.Active = ClockReasons.HwSlowdown;
        Assert.Equal(["hw_slowdown"], After(0.2, sensor).ThrottleReasons);
        _nvml.Active = ClockReasons.SyncBoost;
        Assert.Equal(["hw_slowdown", "sync_boost"], After(0.2, sensor).ThrottleReasons);
        _nvml.Active = ClockReasons.None;
        Assert.True(After(0.2, sensor).Throttled);

        var later = After(0.4, sensor);
        Assert.True(later.Throttled);
        Assert.Equal(["hw_slowdown", "sync_boost"], later.ThrottleReasons);
        var after = After(1, sensor);
        Assert.False(after.Throttled);
        Assert.Empty(after.ThrottleReasons);
    }

    [Fact]
    public void What_was_seen_in_the_first_second_is_in_the_first_reading()
    {
        var sensor = Create();
        _nvml.Active = ClockReasons.HwPowerBrake;
        Assert.True(After(0.3, sensor).Throttled);
        _nvml.Active = ClockReasons.None;

        Assert.True(After(0.7, sensor).Throttled);
        Assert.False(After(1, sensor).Throttled);
    }

    [Theory]
    [InlineData(1_000_000, false)]
    [InlineData(3_000_000, true)]
    public void Heat_that_no_look_caught_is_known_from_the_devices_own_count(ulong nanoseconds, bool throttled)
    {
        var sensor = Create();
        _nvml.HeatNanoseconds += nanoseconds;

        var reading = After(2, sensor);

        Assert.Equal(throttled, reading.Throttled);
        Assert.Equal(throttled ? ["sw_thermal"] : [], reading.ThrottleReasons);
        Assert.False(After(2, sensor).Throttled);
    }

    [Fact]
    public void A_count_of_heat_that_fell_or_could_not_be_read_says_nothing()
    {
        var sensor = Create();
        _nvml.HeatNanoseconds = 5;
        Assert.False(After(1, sensor).Throttled);
        _nvml.Failing["ThermalViolation"] = NvmlReturn.NotSupported;
        Assert.False(After(1, sensor).Throttled);
        _nvml.Failing.Clear();
        _nvml.HeatNanoseconds = 9_000_000_000;

        Assert.False(After(1, sensor).Throttled);
    }

    [Fact]
    public void Without_reasons_only_heat_is_known()
    {
        _nvml.Failing["Reasons"] = NvmlReturn.NotSupported;
        var sensor = Create();
        Assert.Null(After(1, sensor).Throttled);
        _nvml.HeatNanoseconds += 900_000_000;

        Assert.True(After(1, sensor).Throttled);
    }

    private NvmlDeviceSensor Create() => new(_nvml, FakeNvml.CardUuid, _time);

    private DeviceReading After(double seconds, NvmlDeviceSensor sensor)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return sensor.Read();
    }
}
