namespace InferenceMeter.Telemetry.Nvml;

/// <summary>
/// Reads one NVIDIA GPU, or one MIG slice, through NVML. Figures "since the last reading" need a second of it: callers
/// within the same
/// second are given the same reading, with any reason for throttling that was seen meanwhile added to it. Whoever
/// measures a span of its
/// own makes its own sensor. Utilisation is that of NVML's own sample period, at most the last second.
/// </summary>
/// <remarks>
/// Of a MIG slice only memory and processes are its own: clocks, throttling and temperature are those of the card, and
/// power, energy and
/// utilisation of the card would count what others do in their slices, so they are not shown.
/// </remarks>
internal sealed class NvmlDeviceSensor : IDeviceSensor
{
    // Heat that took less than a thousandth of the time changes no figure that is shown.
    private const double HeatShare = 0.001;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly INvml _nvml;
    private readonly TimeProvider _time;
    private readonly NvmlDevice _device;
    private readonly NvmlEnergy _energy = new();
    private readonly Lock _gate = new();
    private bool _ownContext;
    private bool _lost;
    private bool _limitLowered;
    private uint? _maxClock;
    private long _lastAt;
    private double? _lastJoules;
    private ulong? _lastHeat;
    private Throttling _since;
    private Throttling _shown;
    private DeviceReading? _reading;

    /// <summary>
    /// Starts now: the first reading tells what happened since. A device that is not found is one that tells nothing
    /// but that.
    /// </summary>
    /// <param name="nvml">The library.</param>
    /// <param name="identity">PCI bus id (<c>00000000:3B:00.0</c>) or UUID (<c>GPU-...</c>, <c>MIG-...</c>).</param>
    /// <param name="time">Its monotonic clock is used.</param>
    public NvmlDeviceSensor(INvml nvml, string identity, TimeProvider time)
    {
        _nvml = nvml;
        _time = time;
        _device = NvmlDevice.Find(nvml, identity);
        _lastAt = time.GetTimestamp();
        _lastJoules = Joules();
        _lastHeat = Heat();
    }

    /// <summary>
    /// Whether this process has a compute context on the device already. Say so when a session is opened: in a
    /// container NVML numbers
    /// processes as the host does, so that ours cannot be told from others, and is one of those listed or not.
    /// </summary>
    public bool OwnContext
    {
        get
        {
            lock (_gate)
                return _ownContext;
        }
        set
        {
            lock (_gate)
            {
                _ownContext = value;
                if (_reading is not null)
                    _reading = _reading with { OtherProcesses = OtherProcesses() };
            }
        }
    }

    /// <inheritdoc/>
    public DeviceReading Read()
    {
        lock (_gate)
        {
            if (_device.Handle == 0)
                return _device.Identity;
            var at = _time.GetTimestamp();
            var elapsed = _time.GetElapsedTime(_lastAt, at);
            _lost = false;
            if (elapsed < Shortest)
                return _reading is null ? Take(null) : Glance(_reading);
            _reading = Take(elapsed.TotalSeconds);
            _lastAt = at;
            _shown = _since;
            _since = default;
            return _reading;
        }
    }

    private DeviceReading Take(double? seconds)
    {
        // First, and so closest to the instant that the power is worked out from.
        var joules = Joules();
        var memory = _device.IsExact ? Ask(_nvml.Memory, _device.Handle) : null;
        var temperature = Ask(_nvml.Temperature, _device.Card);
        var clock = Ask(_nvml.SmClock, _device.Card);
        _maxClock = Ask(_nvml.MaxSmClock, _device.Card);
        _limitLowered = Ask(_nvml.EnforcedPowerLimit, _device.Card) < Ask(_nvml.DefaultPowerLimit, _device.Card);
        _since = _since
            .Or(Throttling.At(Ask(_nvml.Reasons, _device.Card), IsBelowMaximum(clock), _limitLowered))
            .Or(HeatSinceLast(seconds));
        var watts =
            (joules - _lastJoules) / seconds ?? (_device.IsShared ? null : Ask(_nvml.Power, _device.Card) / 1e3);
        if (seconds is not null)
            _lastJoules = joules;
        return _device.Identity with
        {
            UtilizationRatio = UtilizationRatio(),
            MemoryUsedBytes = Bytes(memory?.Used),
            MemoryTotalBytes = Bytes(memory?.Total),
            PowerWatts = watts,
            EnergyJoules = joules,
            EnergySensor = joules is null ? null : "nvml",
            TemperatureCelsius = temperature,
            SmClockMegahertz = clock,
            MaxSmClockMegahertz = _maxClock,
            Throttled = _since.HeldBack,
            ThrottleReasons = _since.Words,
            OtherProcesses = OtherProcesses(),
            Lost = _lost,
        };
    }

    /// <summary>0..1; <see langword="null"/> on a part of a card, of which the driver does not tell it.</summary>
    private double? UtilizationRatio()
    {
        if (_device.IsShared)
            return null;
        return Ask(_nvml.Utilization, _device.Card) is { } percent ? Math.Min(1, percent / 100.0) : null;
    }

    /// <summary>Between readings only the reasons are looked at: they may be gone when the second is over.</summary>
    private DeviceReading Glance(DeviceReading reading)
    {
        var reasons = Ask(_nvml.Reasons, _device.Card);
        var clock = reasons?.HasFlag(ClockReasons.ApplicationsClocks) == true ? Ask(_nvml.SmClock, _device.Card) : null;
        var now = Throttling.At(reasons, IsBelowMaximum(clock), _limitLowered);
        _since = _since.Or(now);
        var shown = _shown.Or(now);
        if (shown == _shown)
            return reading;
        _shown = shown;
        return _reading = reading with { Throttled = shown.HeldBack, ThrottleReasons = shown.Words };
    }

    private bool IsBelowMaximum(uint? clock) => clock is null || _maxClock is null || clock < _maxClock;

    // NVML writes all ones for a size that it does not know.
    private static long? Bytes(ulong? bytes) => bytes <= long.MaxValue ? (long)bytes.Value : null;

    private double? Joules() => _device.IsShared ? null : _energy.Joules(Ask(_nvml.Energy, _device.Card));

    private ulong? Heat() => Ask(_nvml.ThermalViolation, _device.Card);

    private Throttling HeatSinceLast(double? seconds)
    {
        if (seconds is null)
            return default;
        var (before, now) = (_lastHeat, Heat());
        _lastHeat = now;
        return now > before && now - before >= seconds * HeatShare * 1e9 ? Throttling.Heat : default;
    }

    /// <summary>
    /// Processes on the device beside this one. Ours is the one with our id, else, once we have a context, any one of
    /// those listed.
    /// An empty list means none, unless we have a context: then NVML does not show processes here, and the number is
    /// not known.
    /// </summary>
    private int? OtherProcesses()
    {
        if (!_device.IsExact || Ask(_nvml.ComputeProcesses, _device.Handle) is not { } all)
            return null;
        var ids = all.Distinct().ToArray();
        if (ids.Length == 0)
            return _ownContext ? null : 0;
        return ids.Length - (_ownContext || ids.Contains((uint)Environment.ProcessId) ? 1 : 0);
    }

    /// <summary>
    /// Asks for a figure; once a reading has met a lost device, it asks nothing more of it, for each question may take
    /// long.
    /// </summary>
    private T? Ask<T>(Func<nint, NvmlResult<T>> question, nint device)
        where T : struct => Answer(question, device) is (true, var value) ? value : null;

    private uint[]? Ask(Func<nint, NvmlResult<uint[]>> question, nint device) =>
        Answer(question, device) is (true, var value) ? value : null;

    private (bool Known, T Value) Answer<T>(Func<nint, NvmlResult<T>> question, nint device)
    {
        if (_lost || device == 0)
            return default;
        var (code, value) = question(device);
        _lost = code == NvmlReturn.GpuIsLost;
        return (code == NvmlReturn.Success, value);
    }
}
