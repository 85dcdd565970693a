namespace InferenceMeter.Images.Stores;

/// <summary>
/// One way through all locations: counts the images that it gave, and knows when the last of them is read. Thread-safe.
/// </summary>
/// <param name="number">From 0; the pass that takes the place of a broken one has its number.</param>
/// <param name="stop">Breaks it off, too.</param>
internal sealed class ListedPass(int number, CancellationToken stop) : IDisposable
{
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private long _images;
    private long _units;

    // The listing itself counts as one.
    private long _open = 1;

    /// <summary>From 0.</summary>
    public int Number { get; } = number;

    /// <summary>Its units are not wanted any more: the images were lost, and are listed anew.</summary>
    public bool IsOver => _end.IsCancellationRequested;

    /// <summary>Cancelled when it is over.</summary>
    public CancellationToken Over => _end.Token;

    /// <summary>Units listed so far.</summary>
    public long Units => Interlocked.Read(ref _units);

    /// <summary>Images handed on so far.</summary>
    public long Images => Interlocked.Read(ref _images);

    /// <summary>Whether everything that was listed is read.</summary>
    public bool IsRead => Interlocked.Read(ref _open) == 0 && !IsOver;

    /// <summary>A unit was listed.</summary>
    public void Listed()
    {
        Interlocked.Increment(ref _units);
        Interlocked.Increment(ref _open);
    }

    /// <summary>A unit is read, or the listing is at its end.</summary>
    public void Read() => Interlocked.Decrement(ref _open);

    /// <summary>An image was handed on.</summary>
    public void HandedOn() => Interlocked.Increment(ref _images);

    /// <summary>Breaks it off.</summary>
    public void End() => _end.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _end.Dispose();
}
