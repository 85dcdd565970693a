namespace InferenceMeter.Images;

/// <summary>
/// What reading images took so far. Thread-safe. A request is what an object store bills: one try of listing a page or
/// of getting an object or a range of it, whatever its outcome. Of files, opening one is a request.
/// </summary>
/// <param name="source">The metric label <c>source</c>.</param>
public sealed class SourceTraffic(string source)
{
    private long _lists;
    private long _gets;
    private long _bytes;
    private long _retries;
    private long _images;

    /// <summary>The metric label <c>source</c>.</summary>
    public string Source { get; } = source;

    /// <summary>Requests for a page of names.</summary>
    public long Lists => Interlocked.Read(ref _lists);

    /// <summary>Requests for an object or a range of one.</summary>
    public long Gets => Interlocked.Read(ref _gets);

    /// <summary>Bytes of content that arrived, also those of a try that failed later.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Requests that were made again after a failure.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Images that were read, or failed.</summary>
    public long Images => Interlocked.Read(ref _images);

    /// <summary>The sums of each source, as they are now.</summary>
    public static IReadOnlyList<SourceTraffic> Sum(IEnumerable<SourceTraffic> traffic) =>
        [
            .. traffic
                .GroupBy(one => one.Source, StringComparer.Ordinal)
                .Select(source => new SourceTraffic(source.Key)
                {
                    _lists = source.Sum(one => one.Lists),
                    _gets = source.Sum(one => one.Gets),
                    _bytes = source.Sum(one => one.Bytes),
                    _retries = source.Sum(one => one.Retries),
                    _images = source.Sum(one => one.Images),
                }),
        ];

    /// <summary>A page of names was asked for.</summary>
    public void Listed() => Interlocked.Increment(ref _lists);

    /// <summary>An object or a range of one was asked for.</summary>
    public void Got() => Interlocked.Increment(ref _gets);

    /// <summary>Content arrived.</summary>
    /// <param name="bytes">How much.</param>
    public void Received(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>An image was read, or failed.</summary>
    public void HandedOn() => Interlocked.Increment(ref _images);

    /// <summary>A request is made again.</summary>
    public void Retried() => Interlocked.Increment(ref _retries);
}
