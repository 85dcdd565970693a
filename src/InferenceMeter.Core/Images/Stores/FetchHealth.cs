namespace InferenceMeter.Images.Stores;

/// <summary>
/// Tells a few images that cannot be read from a loss of all of them, and how long to wait before they are looked for
/// again. Thread-safe.
/// </summary>
/// <param name="images">In one pass; <see langword="null"/> when that is not known.</param>
/// <param name="time">Clock of the waits.</param>
internal sealed class FetchHealth(long? images, TimeProvider time)
{
    /// <summary>Images in a row that could not be read: taken for a loss of all.</summary>
    private const int LossOfAll = 16;

    /// <summary>Before the images are looked for the first time.</summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);

    /// <summary>Waits grow no further.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private int _inARow;
    private volatile bool _everRead;
    private volatile string? _trouble;
    private TimeSpan _wait = FirstWait;

    /// <summary>Why there are no images for now; <see langword="null"/> while there are.</summary>
    public string? Trouble
    {
        get => _trouble;
        set => _trouble = value;
    }

    /// <summary>Whether an image was read since the start.</summary>
    public bool EverRead => _everRead;

    /// <summary>Images that could not be read since the last one that could.</summary>
    public int InARow => Volatile.Read(ref _inARow);

    /// <summary>Whether so many could not be read in a row that all are taken for lost.</summary>
    public bool AllAreLost => InARow >= Math.Min(LossOfAll, images ?? LossOfAll);

    /// <summary>An image was read.</summary>
    public void Succeeded()
    {
        _everRead = true;
        if (InARow > 0)
            Volatile.Write(ref _inARow, 0);
        if (_trouble is null)
            return;
        _trouble = null;
        _wait = FirstWait;
    }

    /// <summary>An image could not be read.</summary>
    public void Failed() => Interlocked.Increment(ref _inARow);

    /// <summary>Waits, each time twice as long, until an image is read again.</summary>
    public Task WaitAsync(CancellationToken stop)
    {
        var wait = _wait;
        _wait = TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, wait.Ticks * 2));
        return Task.Delay(wait, time, stop);
    }
}
