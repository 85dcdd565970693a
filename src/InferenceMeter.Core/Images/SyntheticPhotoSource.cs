namespace InferenceMeter.Images;

/// <summary>Synthetic photographs, made once and handed out over and over without an end.</summary>
public sealed class SyntheticPhotoSource : IImageSource
{
    private readonly (string Name, byte[] Jpeg)[] _photos;
    private readonly TimeProvider _time;
    private long _next;

    /// <summary>Makes the photographs: the same ones on every machine.</summary>
    /// <param name="photos">How many distinct ones, at least 1.</param>
    /// <param name="time">Clock of the arrival timestamps.</param>
    public SyntheticPhotoSource(int photos, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(photos, 1);
        _time = time;
        _photos = new (string, byte[])[photos];
        Parallel.For(0, photos, i => _photos[i] = ($"synthetic-{i:0000}.jpg", SyntheticPhotoGenerator.Make(i)));
    }

    /// <inheritdoc/>
    public string Kind => "synthetic";

    /// <inheritdoc/>
    public long? DistinctImages => _photos.Length;

    /// <inheritdoc/>
    public string? Remark => null;

    /// <inheritdoc/>
    public string? Trouble => null;

    /// <inheritdoc/>
    public IReadOnlyList<SourceTraffic> Traffic => [];

    /// <inheritdoc/>
    public long WaitedTicks => 0;

    /// <inheritdoc/>
    public bool TryNext(out EncodedImage image, CancellationToken stop = default)
    {
        var sequence = _next++;
        var (name, jpeg) = _photos[sequence % _photos.Length];
        image = EncodedImage.Shared(sequence, name, _time.GetTimestamp(), jpeg);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
