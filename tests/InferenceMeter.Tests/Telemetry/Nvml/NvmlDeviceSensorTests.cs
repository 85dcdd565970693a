using InferenceMeter.Telemetry;
using InferenceMeter.Telemetry.Nvml;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Telemetry.Nvml;

public sealed class NvmlDeviceSensorTests
{
    private static readonly int[] Refusals = [1, 3, 4, 7, 13, 18, 25, 42, 999];

    private readonly FakeNvml _nvml = new();
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(FakeNvml.CardBus)]
    [InlineData(FakeNvml.CardUuid)]
    public void Every_figure_of_a_card_is_told(string identity)
    {
        var sensor = Create(identity);
        sensor.OwnContext = true;
        (_nvml.Millijoules, _nvml.Processes) = (_nvml.Millijoules + 600_500, [4711, 4712, 4711]);

        var reading = After(2, sensor);

        Assert.Equivalent(
            new DeviceReading
            {
                Name = "NVIDIA H200",
                Uuid = FakeNvml.CardUuid,
                DriverVersion = "580.159.03",
                UtilizationRatio = 0.97,
                MemoryUsedBytes = 12_884_901_888,
                MemoryTotalBytes = 150_754_820_096,
                PowerWatts = 300.25,
                EnergyJoules = 600.5,
                EnergySensor = "nvml",
                TemperatureCelsius = 61,
                SmClockMegahertz = 1755,
                MaxSmClockMegahertz = 1980,
                Throttled = false,
                OtherProcesses = 1,
            },
            reading,
            strict: true
        );
    }

    [Fact]
    public void Before_its_first_second_there_is_a_reading_with_the_power_that_the_device_measures()
    {
        var sensor = Create();
        _nvml.Millijoules += 100_000;

        var reading = After(0.5, sensor);

        Assert.Equal(100, reading.EnergyJoules);
        Assert.Equal(312.5, reading.PowerWatts);
        Assert.Equal(100, After(0.5, sensor).PowerWatts);
    }

    [Theory]
    [InlineData("Name", "Name")]
    [InlineData("Uuid", "Uuid")]
    [InlineData("DriverVersion", "DriverVersion")]
    [InlineData("Utilization", "UtilizationRatio")]
    [InlineData("Memory", "MemoryUsedBytes", "MemoryTotalBytes")]
    [InlineData("Energy", "EnergyJoules", "EnergySensor")]
    [InlineData("Temperature", "TemperatureCelsius")]
    [InlineData("SmClock", "SmClockMegahertz")]
    [InlineData("MaxSmClock", "MaxSmClockMegahertz")]
    [InlineData("Reasons", "Throttled")]
    [InlineData("ComputeProcesses", "OtherProcesses")]
    [InlineData("IsMigSlice")]
    [InlineData("MigMode")]
    [InlineData("ThermalViolation")]
    [InlineData("EnforcedPowerLimit")]
    [InlineData("DefaultPowerLimit")]
    public void A_call_that_fails_leaves_out_its_own_figures_and_no_others(string function, params string[] figures)
    {
        foreach (var code in Refusals)
        {
            _nvml.Failing[function] = (NvmlReturn)code;

            var reading = After(1, Create());

            var missing = typeof(DeviceReading)
                .GetProperties()
                .Where(figure => figure.GetValue(reading) is null)
                .Select(figure => figure.Name);
            Assert.Equal(
                figures.Append("CpuStolenShare").Append("Note").Order(StringComparer.Ordinal),
                missing.Order(StringComparer.Ordinal)
            );
            Assert.False(reading.Lost);
        }
    }

    [Fact]
    public void Without_an_energy_counter_power_is_what_the_device_measures_and_energy_is_absent()
    {
        _nvml.Failing["Energy"] = NvmlReturn.NotSupported;
        var sensor = Create();

        for (var i = 0; i < 3; i++)
            Assert.Equal((312.5, null, null), Power(After(1, sensor)));

        _nvml.Failing["Power"] = NvmlReturn.NotSupported;
        Assert.Equal((null, null, null), Power(After(1, sensor)));

        static (double?, double?, string?) Power(DeviceReading reading) =>
            (reading.PowerWatts, reading.EnergyJoules, reading.EnergySensor);
    }

    [Fact]
    public void Energy_survives_a_reset_of_its_counter_and_never_falls()
    {
        var sensor = Create();
        _nvml.Millijoules += 200_000;
        Assert.Equal(200, After(1, sensor).EnergyJoules);

        _nvml.Millijoules = 30_000;
        var reset = After(1, sensor);
        _nvml.Millijoules = 130_000;

        Assert.Equal(200, reset.EnergyJoules);
        Assert.Equal(300, After(1, sensor).EnergyJoules);
    }

    [Fact]
    public void Energy_of_a_time_in_which_the_counter_could_not_be_read_is_told_later_and_not_as_power()
    {
        var sensor = Create();
        (_nvml.Millijoules, _nvml.Failing["Energy"]) = (_nvml.Millijoules + 400_000, NvmlReturn.Unknown);
        Assert.Null(After(1, sensor).EnergyJoules);
        _nvml.Failing.Clear();

        var back = After(1, sensor);

        Assert.Equal(400, back.EnergyJoules);
        Assert.Equal(312.5, back.PowerWatts);
    }

    [Fact]
    public void Callers_within_one_second_are_given_the_same_reading()
    {
        var sensor = Create();
        var first = After(1, sensor);
        _nvml.Degrees = 90;

        Assert.Same(first, After(0.9, sensor));
        Assert.Equal(90, After(0.1, sensor).TemperatureCelsius);
    }

    [Fact]
    public void A_lost_device_keeps_its_name_and_is_asked_once_a_reading()
    {
        var sensor = Create();
        Assert.False(After(1, sensor).Lost);
        _nvml.IsLost = true;
        _nvml.Calls.Clear();

        var reading = After(1, sensor);

        Assert.Equivalent(
            new DeviceReading
            {
                Name = "NVIDIA H200",
                Uuid = FakeNvml.CardUuid,
                DriverVersion = "580.159.03",
                Lost = true,
            },
            reading,
            strict: true
        );
        Assert.Single(_nvml.Calls);
        _nvml.IsLost = false;
        Assert.Equal((false, 61), (After(1, sensor).Lost, sensor.Read().TemperatureCelsius));
    }

    [Fact]
    public void A_device_lost_from_the_start_says_so()
    {
        _nvml.Failing["FindByUuid"] = NvmlReturn.GpuIsLost;

        var reading = Create(FakeNvml.CardUuid).Read();

        Assert.True(reading.Lost);
        Assert.Equal($"no telemetry of {FakeNvml.CardUuid}: the GPU is lost: it fell off the bus", reading.Note);
    }

    [Theory]
    [InlineData("00000000:99:00.0")]
    [InlineData("GPU-another")]
    [InlineData("MIG-another")]
    [InlineData("")]
    public void A_device_that_is_not_there_is_a_note_and_nothing_else(string identity)
    {
        var sensor = Create(identity);
        sensor.OwnContext = true;

        var reading = After(5, sensor);

        Assert.Equivalent(
            new DeviceReading
            {
                DriverVersion = "580.159.03",
                Note = $"no telemetry of {identity}: no such device, or it is not visible here",
            },
            reading,
            strict: true
        );
    }

    [Fact]
    public void A_slice_has_memory_and_processes_of_its_own_and_the_heat_of_its_card()
    {
        _nvml.Mig = 1;
        _nvml.Active = ClockReasons.HwThermal;
        _nvml.Processes = [9];
        var sensor = Create(FakeNvml.SliceUuid);

        var reading = After(1, sensor);

        Assert.Equivalent(
            new DeviceReading
            {
                Name = "NVIDIA H200 MIG 1g.18gb",
                Uuid = FakeNvml.SliceUuid,
                DriverVersion = "580.159.03",
                MemoryUsedBytes = 1_073_741_824,
                MemoryTotalBytes = 18_253_611_008,
                TemperatureCelsius = 61,
                SmClockMegahertz = 1755,
                MaxSmClockMegahertz = 1980,
                Throttled = true,
                ThrottleReasons = ["hw_thermal"],
                OtherProcesses = 1,
                Note = "MIG slice: power and energy are of the whole card and are not shown",
            },
            reading,
            strict: true
        );
    }

    [Fact]
    public void Of_a_card_that_is_split_nothing_that_slices_share_is_told()
    {
        (_nvml.Mig, _nvml.Processes) = (1, [9]);

        var reading = After(1, Create());

        Assert.Equal(
            (null, null, null, null),
            (reading.PowerWatts, reading.EnergyJoules, reading.EnergySensor, reading.UtilizationRatio)
        );
        Assert.Equal((null, null, null), (reading.MemoryUsedBytes, reading.MemoryTotalBytes, reading.OtherProcesses));
        Assert.Equal(61, reading.TemperatureCelsius);
        Assert.StartsWith("the card is split by MIG", reading.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_NVML_does_not_know_and_shares_over_one_are_not_told_as_they_are()
    {
        (_nvml.CardMemory, _nvml.Percent) = (new NvmlMemory(1000, ulong.MaxValue), 101);

        var reading = After(1, Create());

        Assert.Equal((null, 1000, 1), (reading.MemoryUsedBytes, reading.MemoryTotalBytes, reading.UtilizationRatio));
    }

    private NvmlDeviceSensor Create(string identity = FakeNvml.CardBus) => new(_nvml, identity, _time);

    private DeviceReading After(double seconds, NvmlDeviceSensor sensor)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return sensor.Read();
    }
}
