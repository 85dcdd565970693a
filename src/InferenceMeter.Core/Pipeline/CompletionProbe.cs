namespace InferenceMeter.Pipeline;

/// <summary>
/// Throughput of a short stretch of work, measured between the first and the last completion in it, so that neither
/// the batch that was running when it began nor the one that was running when it ended is half counted.
/// </summary>
public sealed class CompletionProbe(TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _first;
    private long _last;
    private long _images;
    private int _completions;

    /// <summary>Completions since <see cref="Restart"/>.</summary>
    public int Completions => Volatile.Read(ref _completions);

    /// <summary>Images per second between the first and the last completion; 0 with fewer than two.</summary>
    public double ImagesPerSecond
    {
        get
        {
            lock (_gate) return _completions < 2 ? 0 : _images / time.GetElapsedTime(_first, _last).TotalSeconds;
        }
    }

    /// <summary>Forgets what was.</summary>
    public void Restart()
    {
        lock (_gate) (_completions, _images) = (0, 0);
    }

    /// <summary>A batch of <paramref name="images"/> is done now.</summary>
    public void Completed(int images)
    {
        lock (_gate)
        {
            _last = time.GetTimestamp();
            if (_completions++ == 0) _first = _last;
            else _images += images;
        }
    }
}
