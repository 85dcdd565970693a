namespace InferenceMeter.Telemetry;

/// <summary>What a device did over a span of time; <see langword="null"/> where it never said.</summary>
internal sealed record DeviceSpan
{
    /// <summary>Energy used, joules, from the device's own counter alone.</summary>
    public double? Joules { get; init; }

    /// <summary>
    /// Seconds that <see cref="Joules"/> is the energy of: the span, less what passed since the counter was last read,
    /// up to a second.
    /// </summary>
    public double? EnergySeconds { get; init; }

    /// <summary>Which counter the energy is from.</summary>
    public string? EnergySensor { get; init; }

    /// <summary>Energy over its seconds; without a counter the mean of the power that the device told.</summary>
    public double? MeanWatts { get; init; }

    /// <summary>Held back at any time.</summary>
    public bool? Throttled { get; init; }

    /// <summary>All reasons seen, each once, in the order in which they came.</summary>
    public IReadOnlyList<string> ThrottleReasons { get; init; } = [];

    /// <summary>Most processes seen beside this one.</summary>
    public int? MaxOtherProcesses { get; init; }

    /// <summary>Lowest clock seen, MHz.</summary>
    public double? MinSmClockMegahertz { get; init; }

    /// <summary>Mean clock over the looks, MHz.</summary>
    public double? MeanSmClockMegahertz { get; init; }

    /// <summary>Mean over the looks, 0..1.</summary>
    public double? MeanUtilizationRatio { get; init; }

    /// <summary>Degrees Celsius.</summary>
    public double? MaxTemperatureCelsius { get; init; }

    /// <summary>Bytes.</summary>
    public long? MaxMemoryUsedBytes { get; init; }

    /// <summary>The device was lost at some look.</summary>
    public bool Lost { get; init; }

    /// <summary>What was said last on what is missing, and why.</summary>
    public string? Note { get; init; }
}

/// <summary>
/// Follows a device over a span. Look at regular intervals, several times a second, from just after the sensor was
/// made: give it a sensor
/// of its own, for a reading that another caller took may be a second old. Not thread-safe.
/// </summary>
internal sealed class DeviceMonitor(IDeviceSensor sensor, TimeProvider time)
{
    private readonly List<string> _reasons = [];
    private Mean _clock;
    private Mean _use;
    private Mean _watts;
    private EnergyPoint? _first;
    private EnergyPoint? _last;
    private DeviceSpan _span = new();

    /// <summary>Takes a reading into account.</summary>
    public void Poll()
    {
        var reading = sensor.Read();
        _reasons.AddRange(reading.ThrottleReasons.Except(_reasons, StringComparer.Ordinal));
        _clock.Add(reading.SmClockMegahertz);
        _use.Add(reading.UtilizationRatio);
        _watts.Add(reading.PowerWatts);

        // A sensor answers with the same reading for a while: a count that has not moved was not read anew.
        if (reading.EnergyJoules is { } joules && joules != _last?.Joules)
            _last = new EnergyPoint(time.GetTimestamp(), joules);
        _first ??= _last;
        _span = _span with
        {
            EnergySensor = reading.EnergySensor ?? _span.EnergySensor,
            Throttled =
                reading.Throttled == true || _span.Throttled == true ? true : reading.Throttled ?? _span.Throttled,
            MaxOtherProcesses = Most(reading.OtherProcesses, _span.MaxOtherProcesses),
            MinSmClockMegahertz =
                reading.SmClockMegahertz < _span.MinSmClockMegahertz
                    ? reading.SmClockMegahertz
                    : _span.MinSmClockMegahertz ?? reading.SmClockMegahertz,
            MaxTemperatureCelsius = Most(reading.TemperatureCelsius, _span.MaxTemperatureCelsius),
            MaxMemoryUsedBytes = Most(reading.MemoryUsedBytes, _span.MaxMemoryUsedBytes),
            Lost = reading.Lost || _span.Lost,
            Note = reading.Note ?? _span.Note,
        };
    }

    /// <summary>What was seen so far. It does not look.</summary>
    public DeviceSpan Span()
    {
        var seconds =
            _first is { } first && _last is { } last ? time.GetElapsedTime(first.At, last.At).TotalSeconds : 0;
        var joules = seconds > 0 ? _last?.Joules - _first?.Joules : null;
        return _span with
        {
            Joules = joules,
            EnergySeconds = joules is null ? null : seconds,
            EnergySensor = joules is null ? null : _span.EnergySensor,
            MeanWatts = joules / seconds ?? _watts.Value,
            ThrottleReasons = [.. _reasons],
            MeanSmClockMegahertz = _clock.Value,
            MeanUtilizationRatio = _use.Value,
        };
    }

    private static T? Most<T>(T? one, T? other)
        where T : struct, IComparable<T>
    {
        if (one is not { } a || other is not { } b)
            return one ?? other;
        return a.CompareTo(b) > 0 ? a : b;
    }

    /// <summary>The energy counter and when it was seen there.</summary>
    private readonly record struct EnergyPoint(long At, double Joules);

    private struct Mean
    {
        private double _sum;
        private long _count;

        public readonly double? Value => _count > 0 ? _sum / _count : null;

        public void Add(double? value)
        {
            if (value is not { } known)
                return;
            _sum += known;
            _count++;
        }
    }
}
