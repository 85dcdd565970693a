using System.Runtime.CompilerServices;
using InferenceMeter.Images.Archives;
using InferenceMeter.Images.Folders;

namespace InferenceMeter.Images.Stores;

/// <summary>Images and archives below a folder, in the ordinal order of their paths.</summary>
internal sealed class FolderLocation : IImageLocation
{
    private readonly string _folder;
    private readonly FileStore _store;
    private StoredObject[] _files;

    /// <summary>
    /// Lists the folder with its subfolders. Links to folders are followed, each folder is listed once; hidden files
    /// are passed over.
    /// </summary>
    /// <exception cref="ImageSourceException">
    /// It or a folder in it cannot be listed, or it holds neither image nor archive.
    /// </exception>
    public FolderLocation(string folder)
    {
        _folder = folder;
        var traffic = new SourceTraffic(Kind);
        Traffic = [traffic];
        _store = new FileStore(traffic);
        var listing = FirstList(folder);
        if (listing.Files.Count == 0)
            throw ImageSourceException.ForImages(
                $"the image folder {folder} has no image file ({FolderListing.ExtensionList}) and no archive "
                    + $"({ArchiveFormats.ExtensionList}), also not in its subfolders"
                    + (listing.Skipped is { } other ? $"; it has {other}" : "")
            );
        Remark = listing.Skipped is { } skipped ? $"passed over in {folder}: {skipped}" : null;
        _files = Objects(listing);
    }

    /// <inheritdoc/>
    public string Kind => "folder";

    /// <inheritdoc/>
    public string Name => $"the image folder {_folder}";

    /// <inheritdoc/>
    public bool IsRemote => false;

    /// <inheritdoc/>
    public long? Images => _files.Any(file => ArchiveFormats.IsArchive(file.Key)) ? null : _files.Length;

    /// <inheritdoc/>
    public bool HasPlaces => true;

    /// <inheritdoc/>
    public string? Remark { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SourceTraffic> Traffic { get; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(bool anew, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.CompletedTask;
        if (anew)
            _files = Objects(List(_folder));
        foreach (var file in _files)
            yield return file;
    }

    /// <inheritdoc/>
    public ValueTask<string?> FindLossAsync(StoreException failure, CancellationToken stop) =>
        ValueTask.FromResult(FileSystem.KindOf(_folder) == EntryKind.Folder ? null : "is gone");

    /// <inheritdoc/>
    public void Dispose()
    {
        // Files are closed as soon as they are read.
    }

    private StoredObject[] Objects(FolderListing listing) =>
        [.. listing.Files.Select(path => new StoredObject(_store, path, path, null))];

    private static FolderListing List(string folder)
    {
        try
        {
            return FolderListing.Of(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileStore.FaultOf(e);
        }
    }

    private static FolderListing FirstList(string folder)
    {
        try
        {
            return List(folder);
        }
        catch (StoreException e)
        {
            throw ImageSourceException.ForImages(
                $"the image folder {folder} cannot be listed whole: {e.Message}; make it readable, or give another",
                e
            );
        }
    }
}
