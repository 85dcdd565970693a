namespace InferenceMeter.Telemetry;

/// <summary>
/// Reads the CPU from the files of the Linux kernel. Figures "since the last reading" need a second of it: callers
/// within the same second
/// are given the same reading, so they do not take each other's. Who measures a span of its own makes its own sensor
/// and reads it at the end.
/// </summary>
public sealed class CpuDeviceSensor : IDeviceSensor
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly HostFiles _files;
    private readonly CgroupCpu _cgroup;
    private readonly RaplCounters _rapl;
    private readonly string? _name;
    private readonly Lock _gate = new();
    private Sample _last;
    private DeviceReading? _reading;

    /// <summary>Starts now: the first reading tells what happened since.</summary>
    /// <param name="time">Its monotonic clock is used.</param>
    /// <param name="root">Folder that holds <c>proc</c> and <c>sys</c>.</param>
    public CpuDeviceSensor(TimeProvider time, string root = "/")
    {
        (_time, _files) = (time, new HostFiles(root));
        _cgroup = new CgroupCpu(_files);
        _rapl = new RaplCounters(_files);
        _name = CpuIdentity.Name(_files);
        _last = Take();
    }

    /// <inheritdoc/>
    public DeviceReading Read()
    {
        lock (_gate)
        {
            var elapsed = _time.GetElapsedTime(_last.At);
            if (elapsed < Shortest)
                return _reading ?? Unchanging(_rapl.Joules());
            var now = Take();
            _reading = Compare(_last, now, elapsed.TotalSeconds);
            _last = now;
            return _reading;
        }
    }

    private DeviceReading Compare(Sample before, Sample now, double seconds) =>
        Unchanging(now.Joules) with
        {
            UtilizationRatio =
                Used(before, now) is { } used && UsableCpus() is { } cpus
                    ? Math.Clamp(used / (cpus * seconds), 0, 1)
                    : null,
            PowerWatts = (now.Joules - before.Joules) / seconds,
            Throttled =
                now.ThrottledPeriods is { } after && before.ThrottledPeriods is { } earlier ? after > earlier : null,
            CpuStolenShare = CpuTimes.StolenShare(before.Times, now.Times),
        };

    /// <summary>What is known at any instant.</summary>
    private DeviceReading Unchanging(double? joules) =>
        new()
        {
            Name = _name,
            MemoryUsedBytes = ProcessStatus.ResidentBytes(_files),
            EnergyJoules = joules,
            EnergySensor = joules is null ? null : "rapl",
            TemperatureCelsius = CpuIdentity.TemperatureCelsius(_files),
        };

    // The group's time when it has one (its child processes count too), else this process's: never one against the
    // other.
    private static double? Used(Sample before, Sample now) =>
        now.GroupSeconds - before.GroupSeconds ?? now.ProcessSeconds - before.ProcessSeconds;

    private double? UsableCpus() =>
        ProcessStatus.AllowedCpus(_files) is { } allowed ? Math.Min(allowed, _cgroup.QuotaCpus ?? allowed) : null;

    private Sample Take() =>
        new Sample
        {
            At = _time.GetTimestamp(),
            Times = CpuTimes.Read(_files),
            GroupSeconds = _cgroup.UsageSeconds,
            ProcessSeconds = ProcessStatus.CpuSeconds(_files),
            ThrottledPeriods = _cgroup.ThrottledPeriods,
            Joules = _rapl.Joules(),
        };

    /// <summary>The counters at one instant.</summary>
    private readonly record struct Sample
    {
        public required long At { get; init; }

        public required CpuTimes? Times { get; init; }

        public required double? GroupSeconds { get; init; }

        public required double? ProcessSeconds { get; init; }

        public required long? ThrottledPeriods { get; init; }

        public required double? Joules { get; init; }
    }
}
