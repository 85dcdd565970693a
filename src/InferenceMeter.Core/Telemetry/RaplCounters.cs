namespace InferenceMeter.Telemetry;

/// <summary>
/// Energy of the CPU packages from the RAPL counters that Linux shows under <c>/sys/class/powercap</c> (Intel and AMD).
/// Parts of a package
/// (cores, memory controller) are in it already, and the platform zone is another measurement: neither is added.
/// A counter wraps after some hundred kilojoules, so it must be read every few minutes. Not thread-safe.
/// </summary>
internal sealed class RaplCounters
{
    private readonly HostFiles _files;
    private readonly string[] _zones;
    private readonly long?[] _last;
    private double _joules;

    public RaplCounters(HostFiles files)
    {
        _files = files;
        _zones = [.. files.Folders("sys/class/powercap", "intel-rapl:*").Where(IsPackage)];
        _last = new long?[_zones.Length];
        _ = Joules();
    }

    /// <summary>Joules since this was made, never less than before.</summary>
    /// <returns>
    /// <see langword="null"/> unless every package can be read: half the energy would be a wrong figure.
    /// </returns>
    public double? Joules()
    {
        var complete = _zones.Length > 0;
        for (var i = 0; i < _zones.Length; i++)
        {
            if (_files.Count($"{_zones[i]}/energy_uj") is not { } now)
            {
                complete = false;
                continue;
            }

            if (_last[i] is { } before)
                _joules += Passed(before, now, _files.Count($"{_zones[i]}/max_energy_range_uj")) / 1e6;
            _last[i] = now;
        }

        return complete ? _joules : null;
    }

    private static long Passed(long before, long now, long? range)
    {
        if (now >= before)
            return now - before;

        // Without its range, or beyond it, a counter that fell says nothing about the time in which it did.
        return range >= before ? range.Value - before + now : 0;
    }

    private bool IsPackage(string zone) =>
        Path.GetFileName(zone).Count(character => character == ':') == 1
        && _files.Line($"{zone}/name")?.StartsWith("package", StringComparison.Ordinal) == true;
}
