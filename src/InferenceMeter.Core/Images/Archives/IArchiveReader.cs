using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>Reads the images of one kind of archive. Holds no state between archives.</summary>
internal interface IArchiveReader
{
    /// <summary>The images, one after another; who takes one returns its buffer.</summary>
    /// <param name="archive">Which archive.</param>
    /// <param name="options">What is wanted of it.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="ArchiveException">It is broken; the images before were handed out.</exception>
    /// <exception cref="StoreException">It cannot be read.</exception>
    IAsyncEnumerable<FetchedImage> ReadAsync(StoredObject archive, ArchiveOptions options, CancellationToken stop);
}
