using System.Runtime.CompilerServices;
using InferenceMeter.Images.Archives;
using InferenceMeter.Images.Folders;

namespace InferenceMeter.Images.Stores;

/// <summary>
/// The images and archives of a bucket whose keys have a prefix, or one object. A prefix means the folder of that name
/// where there is one, else all keys that begin with it. Listing streams: a page of names is in memory at a time.
/// </summary>
internal sealed class BucketLocation : IImageLocation
{
    /// <summary>For so long the bucket is taken to be there, after it has answered.</summary>
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(10);

    private readonly Buckets _buckets;
    private readonly BucketStore _store;
    private readonly TimeProvider _time;
    private readonly string _prefix;
    private readonly bool _isObject;
    private readonly SemaphoreSlim _probing = new(1);
    private long? _answered;
    private string? _remark;

    private BucketLocation(Buckets buckets, BucketStore store, TimeProvider time, (string Prefix, bool IsObject) what)
    {
        _buckets = buckets;
        _store = store;
        _time = time;
        (_prefix, _isObject) = what;
    }

    /// <inheritdoc/>
    public string Kind => _store.Traffic.Source;

    /// <inheritdoc/>
    public string Name => $"{_store.Address}/{_prefix}";

    /// <inheritdoc/>
    public bool IsRemote => true;

    /// <inheritdoc/>
    public long? Images => null;

    /// <inheritdoc/>
    public bool HasPlaces => false;

    /// <inheritdoc/>
    public string? Remark => Volatile.Read(ref _remark);

    /// <inheritdoc/>
    public IReadOnlyList<SourceTraffic> Traffic => [_store.Traffic];

    /// <summary>Opens it.</summary>
    /// <exception cref="ImageSourceException">It cannot be listed, or holds neither image nor archive.</exception>
    /// <param name="text">Its address.</param>
    /// <param name="buckets">Opens it; closed with the location, or when it cannot be opened.</param>
    /// <param name="time">Clock.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<BucketLocation> OpenAsync(
        string text,
        Buckets buckets,
        TimeProvider time,
        CancellationToken stop
    )
    {
        try
        {
            var (store, key) = buckets.Open(text);
            var location = new BucketLocation(buckets, store, time, await ResolveAsync(store, key, stop));
            await foreach (var _ in location.ListAsync(anew: false, stop))
                return location;
            throw ImageSourceException.ForImages(
                $"{location.Name} has no image and no archive"
                    + (location.Remark is { } skipped ? $" ({skipped})" : "")
                    + "; give the prefix of some"
            );
        }
        catch (StoreException e)
        {
            buckets.Dispose();
            throw ImageSourceException.ForImages(
                $"{ImageAddress.WithoutSecret(text)} cannot be listed: {e.Message}",
                e
            );
        }
        catch
        {
            buckets.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(bool anew, [EnumeratorCancellation] CancellationToken stop)
    {
        var skipped = new SkippedFiles();
        string? continuation = null;
        do
        {
            var page = await _store.ListAsync(_prefix, continuation, stop);
            foreach (var (key, size) in page.Objects)
            {
                var below = key[Math.Min(_prefix.LastIndexOf('/') + 1, key.Length)..];
                // Some tools leave an empty object for a folder. Other keys may begin with the one of an object.
                if (key.EndsWith('/') || (_isObject && key != _prefix))
                    continue;
                // Whoever names an object knows what it is.
                if (_isObject)
                    yield return _store.Object(key, size);
                else if (FolderListing.IsHidden(below))
                    skipped.Hidden();
                else if (FolderListing.IsImage(key) || ArchiveFormats.IsArchive(key))
                    yield return _store.Object(key, size);
                else
                    skipped.OtherFile(key);
            }

            continuation = _isObject && page.Objects.Count > 0 ? null : page.Continuation;
        } while (continuation is not null);

        Volatile.Write(ref _remark, skipped.ToString() is { } others ? $"passed over in {Name}: {others}" : null);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindLossAsync(StoreException failure, CancellationToken stop)
    {
        if (failure.Fault == StoreFault.Credentials)
            return $"may not be read any more: {failure.Message}";
        await _probing.WaitAsync(stop);
        try
        {
            if (_answered is { } at && _time.GetElapsedTime(at) < ProbeEvery)
                return null;
            await _store.ListAsync(_prefix, continuation: null, stop);
            _answered = _time.GetTimestamp();
            return null;
        }
        catch (StoreException lost)
        {
            return $"cannot be read any more: {lost.Message}";
        }
        finally
        {
            _probing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _buckets.Dispose();
        _probing.Dispose();
    }

    /// <summary>What a key means: an object, a folder, or the beginning of keys.</summary>
    private static async Task<(string Prefix, bool IsObject)> ResolveAsync(
        BucketStore store,
        string key,
        CancellationToken stop
    )
    {
        if (key.Length == 0 || key.EndsWith('/'))
            return (key, false);
        if (await FirstAsync(store, key, stop) == key)
            return (key, true);
        return await FirstAsync(store, $"{key}/", stop) is null ? (key, false) : ($"{key}/", false);
    }

    /// <summary>The first key with a prefix; <see langword="null"/> when there is none.</summary>
    private static async Task<string?> FirstAsync(BucketStore store, string prefix, CancellationToken stop)
    {
        string? continuation = null;
        do
        {
            // Pages without objects come before others in some stores.
            var page = await store.ListAsync(prefix, continuation, stop);
            if (page.Objects is [var first, ..])
                return first.Key;
            continuation = page.Continuation;
        } while (continuation is not null);

        return null;
    }
}
