namespace InferenceMeter.Metering;

/// <summary>Totals at the instant of a completion (or of the last of several that came close together).</summary>
/// <param name="At">Timestamp.</param>
/// <param name="Images">Images completed up to and including it.</param>
/// <param name="BusyTicks">Time up to it at which at least one batch was executing.</param>
internal readonly record struct Completion(long At, long Images, long BusyTicks);

/// <summary>Totals at the instant of reading.</summary>
internal readonly record struct LogTotals
{
    /// <summary>Timestamp.</summary>
    public required long Now { get; init; }

    /// <summary>Images completed.</summary>
    public required long Images { get; init; }

    /// <summary>Batches finished.</summary>
    public required long Batches { get; init; }

    /// <summary>Union of all batches' execution times.</summary>
    public required long BusyTicks { get; init; }

    /// <summary>Batches executing.</summary>
    public required int InFlight { get; init; }

    /// <summary>Since when nothing is executing; <see cref="long.MaxValue"/> when something is.</summary>
    public required long EmptySince { get; init; }
}

/// <summary>
/// The last five minutes of completions, in fixed memory. Completions within one resolution of the first of them are
/// one entry:
/// workers that finish together must not look like a burst, and 20,000 batches/s must not need 6 million entries.
/// </summary>
internal sealed class CompletionLog
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Completion[] _ring;
    private readonly long _resolution;
    private long _appended;
    private long _clusterStart;
    private long _images;
    private long _batches;
    private long _busy;
    private long _busySince;
    private long _emptySince;
    private int _inFlight;

    public CompletionLog(TimeProvider time, TimeSpan resolution, TimeSpan history)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resolution, TimeSpan.FromMilliseconds(1));
        _time = time;
        _resolution = (long)(resolution.TotalSeconds * time.TimestampFrequency);
        _ring = new Completion[(int)(history / resolution) + 64];
        _emptySince = time.GetTimestamp();
    }

    /// <summary>Most entries that <see cref="CopyTo"/> gives.</summary>
    public int Capacity => _ring.Length;

    /// <summary>A batch begins to execute.</summary>
    public void Started()
    {
        lock (_gate)
        {
            if (_inFlight++ > 0)
                return;
            _busySince = _time.GetTimestamp();
            _emptySince = long.MaxValue;
        }
    }

    /// <summary>A batch has executed.</summary>
    public void Finished(int images)
    {
        lock (_gate)
        {
            // The clock is read inside the lock, so entries are in order.
            var now = _time.GetTimestamp();
            if (_inFlight > 0 && --_inFlight == 0)
            {
                _busy += now - _busySince;
                _emptySince = now;
            }

            _images += images;
            _batches++;
            var joins = _appended > 0 && now - _clusterStart < _resolution;
            if (!joins)
            {
                _appended++;
                _clusterStart = now;
            }

            _ring[(_appended - 1) % _ring.Length] = new Completion(now, _images, BusyUntil(now));
        }
    }

    /// <summary>Copies the finished entries, oldest first; one that may still grow is left out.</summary>
    /// <param name="entries">At least <see cref="Capacity"/> long.</param>
    /// <param name="count">How many were written.</param>
    public LogTotals CopyTo(Completion[] entries, out int count)
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            var end = _appended > 0 && now - _clusterStart < _resolution ? _appended - 1 : _appended;

            // When the ring is full, the growing entry has already overwritten the oldest slot.
            var begin = Math.Max(0, _appended - _ring.Length);
            count = (int)(end - begin);
            for (var i = 0; i < count; i++)
                entries[i] = _ring[(begin + i) % _ring.Length];
            return new LogTotals
            {
                Now = now,
                Images = _images,
                Batches = _batches,
                BusyTicks = BusyUntil(now),
                InFlight = _inFlight,
                EmptySince = _emptySince,
            };
        }
    }

    private long BusyUntil(long now) => _inFlight > 0 ? _busy + now - _busySince : _busy;
}
