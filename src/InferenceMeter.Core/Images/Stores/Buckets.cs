using InferenceMeter.Images.Stores.Azure;
using InferenceMeter.Images.Stores.Google;
using InferenceMeter.Images.Stores.S3;

namespace InferenceMeter.Images.Stores;

/// <summary>Buckets by their addresses; each is opened once.</summary>
/// <param name="time">Clock of the delays between tries.</param>
/// <param name="providers">In place of all that there are.</param>
/// <param name="retry">When requests are made again.</param>
internal sealed class Buckets(
    TimeProvider time,
    IReadOnlyList<IBucketProvider>? providers = null,
    BucketRetryOptions? retry = null
) : IDisposable
{
    private static readonly IBucketProvider[] Providers =
    [
        new S3BucketProvider(),
        new AzureBucketProvider(),
        new GoogleBucketProvider(),
    ];

    private readonly IReadOnlyList<IBucketProvider> _providers = providers ?? Providers;
    private readonly Dictionary<string, BucketStore> _stores = new(StringComparer.Ordinal);

    /// <summary>The forms that addresses have.</summary>
    public static IReadOnlyList<string> Forms { get; } = [.. Providers.Select(provider => provider.Form)];

    /// <summary>What was read of them.</summary>
    public IReadOnlyList<SourceTraffic> Traffic => [.. _stores.Values.Select(store => store.Traffic)];

    /// <summary>The bucket of an address, and what of it is meant.</summary>
    /// <exception cref="ImageSourceException">It has none of the <see cref="Forms"/>.</exception>
    public (BucketStore Store, string Key) Open(string text)
    {
        var provider =
            _providers.FirstOrDefault(provider => provider.Takes(text))
            ?? throw ImageSourceException.ForImages(
                $"{ImageAddress.WithoutSecret(text)} is no address that images can be read from; addresses are "
                    + string.Join(", ", Forms)
            );
        var address = provider.Parse(text);
        if (!_stores.TryGetValue(address.Bucket, out var store))
        {
            store = new BucketStore(provider.Open(address), time, retry ?? new BucketRetryOptions());
            _stores.Add(address.Bucket, store);
        }

        return (store, address.Key);
    }

    /// <summary>An object by its address.</summary>
    /// <exception cref="ImageSourceException">The address cannot be used.</exception>
    public StoredObject Find(string text)
    {
        var (store, key) = Open(text);
        return store.Object(key, size: null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var store in _stores.Values)
            store.Dispose();
    }
}

/// <summary>Knows the addresses of one kind of object store.</summary>
internal interface IBucketProvider
{
    /// <summary>How they look, for messages.</summary>
    string Form { get; }

    /// <summary>Whether an address is one of them, by how it begins.</summary>
    bool Takes(string text);

    /// <summary>Takes an address apart.</summary>
    /// <exception cref="ImageSourceException">It is not whole.</exception>
    BucketAddress Parse(string text);

    /// <summary>Opens the bucket; no request is made.</summary>
    /// <exception cref="ImageSourceException">Its settings cannot be used.</exception>
    IBucket Open(BucketAddress address);
}

/// <summary>An address of a bucket.</summary>
/// <param name="Text">As it was given; it may hold a secret.</param>
/// <param name="Bucket">The same for all addresses of one bucket.</param>
/// <param name="Key">Prefix or key; empty for the whole bucket.</param>
internal sealed record BucketAddress(string Text, string Bucket, string Key);
