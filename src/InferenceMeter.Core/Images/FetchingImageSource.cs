using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images;

/// <summary>
/// Images of folders, archives, buckets and lists. They are read ahead, so that decoders wait for nothing but the first
/// one; reading begins when the first one is asked for. An image that cannot be read is handed out as failed, so that
/// it is counted. A source that repeats and is lost says so, waits and looks again, in place of counting failures as
/// fast as it can; one that does not repeat ends with an error.
/// </summary>
public sealed class FetchingImageSource : IImageSource
{
    private const int FetchersOfFiles = 1;
    private const int FetchersOfBuckets = 16;

    private readonly IReadOnlyList<IImageLocation> _locations;
    private readonly TimeProvider _time;
    private readonly FetchHealth _health;
    private readonly ImageFetcher _fetcher;
    private readonly long? _images;
    private readonly string? _remark;
    private bool _isStarted;
    private long _next;

    internal FetchingImageSource(IReadOnlyList<IImageLocation> locations, ReadingOptions options, TimeProvider time)
    {
        _locations = locations;
        _time = time;
        _remark = Join(locations.Select(location => location.Remark));
        var lister = new UnitLister(locations, options);
        if (locations.All(location => location.Images is not null))
            _images = lister.Count();
        _health = new FetchHealth(_images, time);
        var fetchers =
            options.Fetchers ?? (locations.Any(location => location.IsRemote) ? FetchersOfBuckets : FetchersOfFiles);
        _fetcher = new ImageFetcher(lister, _health, fetchers, options);
    }

    /// <inheritdoc/>
    public string Kind =>
        _locations.Select(location => location.Kind).Distinct(StringComparer.Ordinal).ToArray() is [var only]
            ? only
            : "mixed";

    /// <inheritdoc/>
    public long? DistinctImages => _images ?? _fetcher.ImagesOfAPass;

    /// <inheritdoc/>
    public string? Remark => Join([_remark ?? Join(_locations.Select(location => location.Remark)), _fetcher.Remark]);

    /// <inheritdoc/>
    public string? Trouble => _health.Trouble;

    /// <inheritdoc/>
    public IReadOnlyList<SourceTraffic> Traffic =>
        SourceTraffic.Sum(_locations.SelectMany(location => location.Traffic));

    /// <inheritdoc/>
    public long WaitedTicks { get; private set; }

    /// <inheritdoc/>
    public bool TryNext(out EncodedImage image, CancellationToken stop = default)
    {
        image = default;
        if (!_isStarted)
        {
            _isStarted = true;
            _fetcher.Start();
        }

        if (!_fetcher.Ready.TryRead(out var ready) && !TryWait(out ready, stop))
            return false;
        _fetcher.Taken(ready);
        image = Encoded(ready.Image);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _fetcher.DisposeAsync().AsTask().GetAwaiter().GetResult();
        foreach (var location in _locations)
            location.Dispose();
    }

    private bool TryWait(out ReadyImage ready, CancellationToken stop)
    {
        var started = _time.GetTimestamp();
        try
        {
            while (!_fetcher.Ready.TryRead(out ready))
            {
                if (!_fetcher.Ready.WaitToReadAsync(stop).AsTask().GetAwaiter().GetResult())
                    return false;
            }

            return true;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ready = default;
            return false;
        }
        finally
        {
            WaitedTicks += _time.GetTimestamp() - started;
        }
    }

    private EncodedImage Encoded(in FetchedImage image)
    {
        var (sequence, arrival) = (_next++, _time.GetTimestamp());
        if (image.Buffer is not { } buffer)
            return EncodedImage.Failed(sequence, image.Name, arrival, image.Failure);
        return EncodedImage.Leased(sequence, image.Name, arrival, buffer, image.Length) with
        {
            TrueClass = image.TrueClass,
        };
    }

    private static string? Join(IEnumerable<string?> remarks) =>
        remarks.OfType<string>().ToArray() is { Length: > 0 } some ? string.Join("; ", some) : null;
}
