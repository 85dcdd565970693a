using System.Runtime.CompilerServices;
using InferenceMeter.Images.Archives;

namespace InferenceMeter.Images.Stores;

/// <summary>The images and archives that a list names, in its order: files, and objects of buckets.</summary>
internal sealed class ManifestLocation : IImageLocation
{
    private readonly string _manifest;
    private readonly SourceTraffic _files = new("manifest");
    private readonly Buckets _buckets;
    private readonly StoredObject[] _items;

    /// <exception cref="ImageSourceException">
    /// It cannot be read, names no image, or an address of a bucket that cannot be used.
    /// </exception>
    public ManifestLocation(string manifest, TimeProvider time)
    {
        _manifest = manifest;
        _buckets = new Buckets(time);
        var files = new FileStore(_files);
        _items =
        [
            .. ImageManifest
                .Read(manifest)
                .Select(name => ImageAddress.HasScheme(name) ? Find(name) : new StoredObject(files, name, name, null)),
        ];
    }

    /// <inheritdoc/>
    public string Kind => "manifest";

    /// <inheritdoc/>
    public string Name => $"the manifest {_manifest}";

    /// <inheritdoc/>
    public bool IsRemote => _buckets.Traffic.Count > 0;

    /// <inheritdoc/>
    public long? Images => _items.Any(item => ArchiveFormats.IsArchive(item.Key)) ? null : _items.Length;

    /// <inheritdoc/>
    public bool HasPlaces => true;

    /// <inheritdoc/>
    public string? Remark => null;

    /// <inheritdoc/>
    public IReadOnlyList<SourceTraffic> Traffic => [_files, .. _buckets.Traffic];

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(bool anew, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.CompletedTask;
        foreach (var item in _items)
            yield return item;
    }

    /// <inheritdoc/>
    public ValueTask<string?> FindLossAsync(StoreException failure, CancellationToken stop) =>
        // Its images may be anywhere; that all of them are lost shows when one after another fails.
        ValueTask.FromResult(
            failure.Fault == StoreFault.Credentials ? $"has images that may not be read: {failure.Message}" : null
        );

    /// <inheritdoc/>
    public void Dispose() => _buckets.Dispose();

    private StoredObject Find(string address)
    {
        try
        {
            return _buckets.Find(address);
        }
        catch (ImageSourceException e)
        {
            throw new ImageSourceException($"the manifest {_manifest}: {e.Message}", e)
            {
                Subject = Errors.ErrorSubject.ImageManifest,
            };
        }
    }
}
