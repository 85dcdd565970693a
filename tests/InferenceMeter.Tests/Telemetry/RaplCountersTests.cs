using InferenceMeter.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Telemetry;

public sealed class RaplCountersTests : IDisposable
{
    private const long Range = 262_143_328_850;

    private readonly FakeHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Energy_is_the_sum_of_all_packages_since_the_start()
    {
        _host.Package(0, 5_000_000);
        _host.Package(1, 9_000_000);
        var counters = Create();
        Assert.Equal(0, counters.Joules());

        _host.Package(0, 7_500_000);
        _host.Package(1, 9_250_000);

        Assert.Equal(2.75, counters.Joules()!.Value, 9);
    }

    [Fact]
    public void Parts_of_a_package_and_the_platform_are_not_added()
    {
        _host.Package(0, 0);
        _host.Package(1, 0, name: "psys");
        _host.Write("sys/class/powercap/intel-rapl:0:0/name", "package-of-its-own");
        _host.Write("sys/class/powercap/intel-rapl:0:0/energy_uj", "0");
        var counters = Create();

        _host.Package(0, 1_000_000);
        _host.Package(1, 1_000_000, name: "psys");
        _host.Write("sys/class/powercap/intel-rapl:0:0/energy_uj", "1000000");

        Assert.Equal(1, counters.Joules()!.Value, 9);
    }

    [Fact]
    public void A_counter_that_wraps_goes_on_counting()
    {
        _host.Package(0, Range - 1_000_000);
        var counters = Create();

        _host.Package(0, 3_000_000);

        Assert.Equal(4, counters.Joules()!.Value, 9);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(10L)]
    public void A_counter_that_falls_without_a_range_that_explains_it_adds_nothing(long? range)
    {
        _host.Package(0, 8_000_000, range: range);
        var counters = Create();

        _host.Package(0, 2_000_000, range: range);
        Assert.Equal(0, counters.Joules());
        _host.Package(0, 3_000_000, range: range);

        Assert.Equal(1, counters.Joules()!.Value, 9);
    }

    [Fact]
    public void One_unreadable_package_makes_the_energy_unknown_until_it_can_be_read_again()
    {
        _host.Package(0, 0);
        _host.Package(1, 0);
        var counters = Create();

        _host.Package(0, 1_000_000);
        _host.Delete("sys/class/powercap/intel-rapl:1/energy_uj");
        Assert.Null(counters.Joules());
        _host.Package(1, 2_000_000);

        Assert.Equal(3, counters.Joules()!.Value, 9);
    }

    [Fact]
    public void Without_permission_nothing_is_said()
    {
        _host.Package(0, 1_000_000);
        var path = _host.PathOf("sys/class/powercap/intel-rapl:0/energy_uj");
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(path, UnixFileMode.None);

        // Root may read everything; a link to itself is denied to everyone.
        if (Environment.IsPrivilegedProcess)
        {
            File.Delete(path);
            File.CreateSymbolicLink(path, path);
        }

        Assert.Null(Create().Joules());
    }

    [Fact]
    public void The_sensor_gives_energy_and_power_and_names_the_counter()
    {
        var time = new FakeTimeProvider();
        _host.Package(0, 0);
        var sensor = new CpuDeviceSensor(time, _host.Root);

        _host.Package(0, 130_000_000);
        time.Advance(TimeSpan.FromSeconds(2));
        var reading = sensor.Read();

        Assert.Equal(130, reading.EnergyJoules!.Value, 9);
        Assert.Equal(65, reading.PowerWatts!.Value, 9);
        Assert.Equal("rapl", reading.EnergySensor);
    }

    [Fact]
    public void Power_is_unknown_when_the_energy_was_and_no_counter_is_named_then()
    {
        var time = new FakeTimeProvider();
        _host.Package(0, 0);
        var sensor = new CpuDeviceSensor(time, _host.Root);

        _host.Delete("sys/class/powercap/intel-rapl:0/energy_uj");
        time.Advance(TimeSpan.FromSeconds(2));
        var reading = sensor.Read();

        Assert.Null(reading.EnergyJoules ?? reading.PowerWatts);
        Assert.Null(reading.EnergySensor);
    }

    private RaplCounters Create() => new(new HostFiles(_host.Root));
}
