namespace InferenceMeter.Telemetry.Nvml;

/// <summary>
/// Energy since the first counter value that was given, from a counter of millijoules. Not thread-safe.
/// </summary>
internal sealed class NvmlEnergy
{
    private ulong? _last;
    private double _joules;

    /// <summary>
    /// Joules so far, never less than before. A counter that fell was reset with its driver or device: what was used
    /// around that is not
    /// known and not added.
    /// </summary>
    /// <param name="millijoules">The counter; <see langword="null"/> when it cannot be read.</param>
    /// <returns>
    /// <see langword="null"/> when the counter cannot be read; once it can be again, what was used meanwhile is in it.
    /// </returns>
    public double? Joules(ulong? millijoules)
    {
        if (millijoules is not { } now)
            return null;
        if (now > _last)
            _joules += (now - _last.Value) / 1e3;
        _last = now;
        return _joules;
    }
}
