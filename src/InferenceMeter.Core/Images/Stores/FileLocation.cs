using System.Runtime.CompilerServices;
using InferenceMeter.Images.Archives;
using InferenceMeter.Images.Folders;

namespace InferenceMeter.Images.Stores;

/// <summary>One file: an archive, or an image.</summary>
internal sealed class FileLocation : IImageLocation
{
    private readonly StoredObject _file;

    /// <exception cref="ImageSourceException">By its name it is neither.</exception>
    public FileLocation(string path)
    {
        if (!ArchiveFormats.IsArchive(path) && !FolderListing.IsImage(path))
            throw ImageSourceException.ForImages(
                $"{path} is a file, and neither an image ({FolderListing.ExtensionList}) nor an archive "
                    + $"({ArchiveFormats.ExtensionList}); give one of those, or a folder"
            );
        var traffic = new SourceTraffic(Kind);
        Traffic = [traffic];
        _file = new StoredObject(new FileStore(traffic), path, path, null);
    }

    /// <inheritdoc/>
    public string Kind => "file";

    /// <inheritdoc/>
    public string Name => $"the file {_file.Key}";

    /// <inheritdoc/>
    public bool IsRemote => false;

    /// <inheritdoc/>
    public long? Images => ArchiveFormats.IsArchive(_file.Key) ? null : 1;

    /// <inheritdoc/>
    public bool HasPlaces => true;

    /// <inheritdoc/>
    public string? Remark => null;

    /// <inheritdoc/>
    public IReadOnlyList<SourceTraffic> Traffic { get; }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(bool anew, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.CompletedTask;
        yield return _file;
    }

    /// <inheritdoc/>
    public ValueTask<string?> FindLossAsync(StoreException failure, CancellationToken stop) =>
        ValueTask.FromResult(FileSystem.KindOf(_file.Key) == EntryKind.File ? null : "is gone");

    /// <inheritdoc/>
    public void Dispose()
    {
        // The file is closed as soon as it is read.
    }
}
