using System.Buffers;
using InferenceMeter.Images.Folders;

namespace InferenceMeter.Images.Stores;

/// <summary>Files of the machine.</summary>
internal sealed class FileStore(SourceTraffic traffic) : IObjectStore
{
    /// <inheritdoc/>
    public SourceTraffic Traffic { get; } = traffic;

    /// <inheritdoc/>
    public ValueTask<FetchedImage> ReadAsync(StoredObject item, int most, CancellationToken stop)
    {
        byte[]? rented = null;
        try
        {
            using var file = Open(item.Key);
            if (file.Length > most)
                return ValueTask.FromResult(FetchedImage.Failed(item.Name, ImageFailure.TooLarge));
            var length = (int)file.Length;
            rented = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
            var read = file.ReadAtLeast(rented.AsSpan(0, length), length, throwOnEndOfStream: false);
            return ValueTask.FromResult(new FetchedImage(item.Name, rented, read, ImageFailure.None));
        }
        catch (StoreException)
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream> OpenAsync(StoredObject item, CancellationToken stop) =>
        ValueTask.FromResult<Stream>(Open(item.Key));

    /// <inheritdoc/>
    public ValueTask<Stream> OpenSeekableAsync(StoredObject item, CancellationToken stop) => OpenAsync(item, stop);

    /// <summary>What kind of failure an exception of the file system is.</summary>
    public static StoreException FaultOf(Exception failure) =>
        failure switch
        {
            FileNotFoundException or DirectoryNotFoundException => new StoreException(
                StoreFault.NotFound,
                failure.Message,
                failure
            ),
            UnauthorizedAccessException => new StoreException(StoreFault.Forbidden, failure.Message, failure),
            _ => new StoreException(StoreFault.Unreadable, failure.Message, failure),
        };

    private FileContent Open(string path)
    {
        Traffic.Got();
        try
        {
            return new FileContent(FileSystem.OpenRead(path), Traffic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FaultOf(e);
        }
    }
}
