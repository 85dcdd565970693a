using InferenceMeter.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Telemetry;

public sealed class CpuDeviceSensorTests : IDisposable
{
    private readonly FakeHost _host = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_machine_that_tells_nothing_gives_an_empty_reading()
    {
        var sensor = Create();

        Assert.Equal(new DeviceReading(), sensor.Read());
        Assert.Equal(new DeviceReading(), After(2, sensor));
    }

    [Theory]
    [InlineData("processor\t: 0\nmodel name\t: AMD EPYC 9654 96-Core Processor\n", "AMD EPYC 9654 96-Core Processor")]
    [InlineData("processor : 0\nHardware\t: BCM2835\nCPU part : 0xd08\n", "BCM2835")]
    [InlineData("CPU implementer\t: 0x41\nCPU part\t: 0xd40\n", "Arm 0x41 0xd40")]
    [InlineData("model name\t:\nflags\n", null)]
    [InlineData("", null)]
    public void The_name_is_what_cpuinfo_says(string cpuinfo, string? expected)
    {
        _host.Write("proc/cpuinfo", cpuinfo);

        Assert.Equal(expected, Create().Read().Name);
    }

    [Fact]
    public void Memory_is_the_resident_set_and_is_known_at_once()
    {
        _host.ProcessStatus(residentKilobytes: 1708);

        Assert.Equal(1708 * 1024, Create().Read().MemoryUsedBytes);
    }

    [Fact]
    public void Utilization_is_the_processs_time_over_the_cpus_it_may_run_on()
    {
        _host.ProcessStatus(cpus: "0-2,8");
        _host.ProcessTime(user: 1000, system: 500);
        var sensor = Create();

        _host.ProcessTime(user: 1500, system: 600);

        // 6 s of CPU time in 2 s on 4 CPUs.
        Assert.Equal(0.75, After(2, sensor).UtilizationRatio!.Value, 9);
    }

    [Theory]
    [InlineData("max 100000", 0.25)]
    [InlineData("200000 100000", 0.5)]
    [InlineData("50000 100000", 1)]
    [InlineData("nonsense", 0.25)]
    public void Utilization_in_a_control_group_is_its_time_over_what_its_quota_allows(string max, double expected)
    {
        _host.ProcessStatus(cpus: "0-3");
        _host.ProcessTime(user: 0, system: 0);
        _host.Write("proc/self/cgroup", "0::/\n");
        _host.Group("/", usageMicroseconds: 5_000_000, max: max);
        var sensor = Create();

        _host.Group("/", usageMicroseconds: 15_000_000);

        Assert.Equal(expected, After(10, sensor).UtilizationRatio!.Value, 9);
    }

    [Fact]
    public void A_quota_of_a_group_above_limits_too_and_its_throttling_counts()
    {
        _host.ProcessStatus(cpus: "0-3");
        _host.Write("proc/self/cgroup", "0::/pod/container\n");
        _host.Group("/", 900, max: null);
        _host.Group("/pod", 0, throttled: 5, max: "100000 100000");
        _host.Group("/pod/container", 1_000_000, throttled: 0, max: "max 100000");
        var sensor = Create();

        _host.Group("/pod", 0, throttled: 6);
        _host.Group("/pod/container", 1_500_000, throttled: 0);
        var reading = After(1, sensor);

        Assert.Equal(0.5, reading.UtilizationRatio!.Value, 9);
        Assert.True(reading.Throttled);
    }

    [Fact]
    public void A_group_path_of_the_host_that_is_not_mounted_here_falls_back_to_the_groups_that_are()
    {
        _host.ProcessStatus(cpus: "0-1");
        _host.Write("proc/self/cgroup", "0::/docker/0123abcd\n");
        _host.Group("/", 0, throttled: 0, max: "max 100000");
        var sensor = Create();

        _host.Group("/", 1_000_000, throttled: 0);

        Assert.Equal(0.5, After(1, sensor).UtilizationRatio!.Value, 9);
    }

    [Fact]
    public void The_root_group_of_a_whole_machine_is_not_taken_for_this_process()
    {
        _host.ProcessStatus(cpus: "0-1");
        _host.ProcessTime(0, 0);
        _host.Write("proc/self/cgroup", "0::/\n");
        _host.Group("/", 0, max: null);
        var sensor = Create();

        _host.Group("/", 64_000_000, max: null);
        _host.ProcessTime(50, 0);

        Assert.Equal(0.25, After(1, sensor).UtilizationRatio!.Value, 9);
    }

    [Theory]
    [InlineData(7, 7, false)]
    [InlineData(7, 8, true)]
    public void Throttled_means_that_the_quota_held_it_back_since_the_last_reading(
        long before,
        long after,
        bool expected
    )
    {
        _host.Write("proc/self/cgroup", "0::/\n");
        _host.Group("/", 0, throttled: before, max: "max 100000");
        var sensor = Create();

        _host.Group("/", 0, throttled: after);

        Assert.Equal(expected, After(1, sensor).Throttled);
        Assert.False(After(1, sensor).Throttled);
    }

    [Fact]
    public void Version_1_control_groups_tell_throttling_and_quota_too()
    {
        const string Group = "sys/fs/cgroup/cpu,cpuacct/docker/abc";
        _host.ProcessStatus(cpus: "0-3");
        _host.ProcessTime(0, 0);
        _host.Write("proc/self/cgroup", "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n");
        _host.Write($"{Group}/cpu.stat", "nr_periods 10\nnr_throttled 3\nthrottled_time 5\n");
        _host.Write($"{Group}/cpu.cfs_quota_us", "200000\n");
        _host.Write($"{Group}/cpu.cfs_period_us", "100000\n");
        _host.Write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
        var sensor = Create();

        _host.Write($"{Group}/cpu.stat", "nr_periods 20\nnr_throttled 4\nthrottled_time 5\n");
        _host.ProcessTime(100, 50);
        var reading = After(1, sensor);

        Assert.True(reading.Throttled);
        Assert.Equal(0.75, reading.UtilizationRatio!.Value, 9);
    }

    [Fact]
    public void Stolen_share_is_of_all_cpu_time_since_the_last_reading()
    {
        _host.MachineTime(user: 1000, idle: 5000, stolen: 100);
        var sensor = Create();

        _host.MachineTime(user: 1060, idle: 5030, stolen: 110);

        Assert.Equal(0.1, After(1, sensor).CpuStolenShare!.Value, 9);
        Assert.Null(After(1, sensor).CpuStolenShare); // no tick passed: nothing to say
    }

    [Theory]
    [InlineData("86400\n", 86.4)]
    [InlineData("-5000\n", -5.0)]
    [InlineData("hot\n", null)]
    [InlineData("999999999\n", null)]
    public void Temperature_is_of_the_package_zone(string text, double? expected)
    {
        _host.Write("sys/class/thermal/thermal_zone0/type", "acpitz\n");
        _host.Write("sys/class/thermal/thermal_zone0/temp", "120000\n");
        _host.Write("sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n");
        _host.Write("sys/class/thermal/thermal_zone1/temp", text);

        Assert.Equal(expected, Create().Read().TemperatureCelsius);
    }

    [Fact]
    public void Without_such_a_zone_the_hottest_package_monitor_is_the_temperature()
    {
        _host.Write("sys/class/hwmon/hwmon0/name", "nvme\n");
        _host.Write("sys/class/hwmon/hwmon0/temp1_input", "99000\n");
        _host.Write("sys/class/hwmon/hwmon1/name", "k10temp\n");
        _host.Write("sys/class/hwmon/hwmon1/temp1_input", "51250\n");
        _host.Write("sys/class/hwmon/hwmon2/name", "k10temp\n");
        _host.Write("sys/class/hwmon/hwmon2/temp1_input", "53500\n");

        Assert.Equal(53.5, Create().Read().TemperatureCelsius);
    }

    [Fact]
    public void Callers_within_one_second_are_given_the_same_reading()
    {
        _host.ProcessStatus(cpus: "0");
        _host.ProcessTime(0, 0);
        var sensor = Create();
        _host.ProcessTime(50, 0);

        var first = After(1, sensor);
        _host.ProcessTime(60, 0);
        var second = After(0.9, sensor);
        _host.ProcessTime(70, 0);
        var third = After(0.1, sensor);

        Assert.Equal(0.5, first.UtilizationRatio!.Value, 9);
        Assert.Same(first, second);
        Assert.Equal(0.2, third.UtilizationRatio!.Value, 9);
    }

    [Fact]
    public void Before_its_first_second_there_are_no_rates_and_the_second_is_not_lost()
    {
        _host.ProcessStatus(cpus: "0");
        _host.ProcessTime(0, 0);
        var sensor = Create();

        _host.ProcessTime(40, 0);
        Assert.Null(After(0.5, sensor).UtilizationRatio);
        Assert.NotNull(sensor.Read().MemoryUsedBytes);

        Assert.Equal(0.4, After(0.5, sensor).UtilizationRatio!.Value, 9);
    }

    [Fact]
    public void Two_sensors_do_not_take_each_others_time()
    {
        _host.ProcessStatus(cpus: "0");
        _host.ProcessTime(0, 0);
        var (scraped, run) = (Create(), Create());

        _host.ProcessTime(100, 0);
        Assert.Equal(0.1, After(10, scraped).UtilizationRatio!.Value, 9);
        _host.ProcessTime(1100, 0);
        Assert.Equal(1, After(10, scraped).UtilizationRatio!.Value, 9);

        Assert.Equal(0.55, run.Read().UtilizationRatio!.Value, 9);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("garbage")]
    [InlineData(
        "cpu -1 x 99999999999999999999999 4 5 6 7 8\nusage_usec many\nnr_throttled -3\nVmRSS: "
            + "9223372036854775807 kB\nCpus_allowed_list:\t3-1"
    )]
    [InlineData("0::/../..\n:::\ncpu:\n)\nCpus_allowed_list: 0-99999999999")]
    [InlineData("\0\u0001\ufffd")]
    public void Garbage_is_unknown_and_never_an_exception(string garbage)
    {
        string[] files =
        [
            "proc/cpuinfo",
            "proc/stat",
            "proc/self/stat",
            "proc/self/status",
            "proc/self/cgroup",
            "sys/fs/cgroup/cpu.stat",
            "sys/fs/cgroup/cpu.max",
            "sys/class/powercap/intel-rapl:0/energy_uj",
            "sys/class/thermal/thermal_zone0/temp",
            "sys/class/hwmon/hwmon0/temp1_input",
        ];
        foreach (var file in files)
            _host.Write(file, garbage);
        _host.Write("sys/class/powercap/intel-rapl:0/name", "package-0");
        _host.Write("sys/class/thermal/thermal_zone0/type", "x86_pkg_temp");
        var sensor = Create();

        Assert.Equal(new DeviceReading(), After(1, sensor) with { Name = null });
    }

    [Fact]
    public void Folders_where_files_should_be_are_unknown()
    {
        foreach (
            var path in new[]
            {
                "proc/stat",
                "proc/cpuinfo",
                "proc/self/status",
                "sys/class/powercap/intel-rapl:0/energy_uj",
            }
        )
            Directory.CreateDirectory(_host.PathOf(path));
        _host.Write("sys/class/thermal", "a file where a folder should be");

        Assert.Equal(new DeviceReading(), After(1, Create()));
    }

    [Fact]
    public void This_machines_own_files_can_be_read()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var sensor = new CpuDeviceSensor(_time);

        var reading = After(1, sensor);

        Assert.InRange(reading.MemoryUsedBytes!.Value, 1 << 20, 1L << 42);
        Assert.InRange(reading.UtilizationRatio!.Value, 0, 1);
        Assert.InRange(reading.CpuStolenShare ?? 0, 0, 1);
    }

    private CpuDeviceSensor Create() => new(_time, _host.Root);

    private DeviceReading After(double seconds, CpuDeviceSensor sensor)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        return sensor.Read();
    }
}
