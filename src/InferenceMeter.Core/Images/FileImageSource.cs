using System.Buffers;
using InferenceMeter.Errors;
using InferenceMeter.Images.Folders;

namespace InferenceMeter.Images;

/// <summary>
/// Image files: those below a folder in ordinal order of their paths, or those of a manifest in its own; of these a
/// shard. A file that cannot be read is handed out as failed, so that it is counted. A repeating source whose files are
/// gone says so, waits and looks again, in place of counting failures as fast as a disk can answer.
/// </summary>
public sealed class FileImageSource : IImageSource
{
    /// <summary>Unreadable files in a row that are taken for a loss of all.</summary>
    private const int LossOfAll = 16;

    private readonly FileImageOptions _options;
    private readonly TimeProvider _time;
    private readonly Waiting _waiting;
    private readonly string? _folder;
    private string[] _files;
    private long _next;
    private int _place;
    private int _unreadable;
    private bool _everRead;
    private volatile string? _trouble;

    private FileImageSource(string? folder, IReadOnlyList<string> all, FileImageOptions options, TimeProvider time)
    {
        _folder = folder;
        _options = options;
        _time = time;
        _waiting = new Waiting(time);
        _files = Chosen(all, options);
    }

    /// <summary>
    /// Lists a folder with its subfolders. Links to folders are followed, each folder is listed once; hidden files are
    /// passed over.
    /// </summary>
    /// <exception cref="ImageSourceException">
    /// It does not exist, it or a folder in it cannot be listed, or it holds no image file.
    /// </exception>
    public static FileImageSource OfFolder(string folder, FileImageOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (File.Exists(folder))
            throw Unusable($"the image folder {folder} is a file; give the folder that it lies in");
        if (!Directory.Exists(folder))
            throw Unusable($"the image folder {folder} does not exist; give a folder with images");
        var listing = List(folder);
        if (listing.Files.Count == 0)
            throw Unusable(
                $"the image folder {folder} has no image file "
                    + $"({string.Join(", ", FolderListing.Extensions.Order(StringComparer.Ordinal))}), also not in its "
                    + $"subfolders{(listing.Skipped is { } other ? $"; it has {other}" : "")}"
            );
        return new FileImageSource(folder, listing.Files, options, time)
        {
            Remark = listing.Skipped is { } skipped ? $"passed over in {folder}: {skipped}" : null,
        };
    }

    /// <summary>Takes the files of a manifest.</summary>
    /// <exception cref="ImageSourceException">It cannot be read, or names no image.</exception>
    public static FileImageSource OfManifest(string manifest, FileImageOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new FileImageSource(null, ImageManifest.Read(manifest), options, time);
    }

    /// <inheritdoc/>
    public string Kind => _folder is null ? "manifest" : "folder";

    /// <inheritdoc/>
    public int DistinctImages => _files.Length;

    /// <inheritdoc/>
    public string? Remark { get; private init; }

    /// <inheritdoc/>
    public string? Trouble => _trouble;

    /// <inheritdoc/>
    public bool TryNext(out EncodedImage image, CancellationToken stop = default)
    {
        image = default;
        if (_files.Length == 0 || (!_options.Repeat && _next >= _files.Length))
            return false;
        while (true)
        {
            if (_trouble is not null && !TryRecover(stop))
            {
                if (stop.IsCancellationRequested)
                    return false;
                continue;
            }

            var file = _files[_place];
            var next = Read(_next, file, _time.GetTimestamp());
            if (IsLostWithItsFolder(next))
                continue;
            _place = (_place + 1) % _files.Length;
            _next++;
            image = next;
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }

    /// <summary>
    /// Notes whether files can be read at all. An image that is missing because the whole folder is gone is not handed
    /// out: nobody looked for that image.
    /// </summary>
    private bool IsLostWithItsFolder(in EncodedImage image)
    {
        if (image.Failure != ImageFailure.Unreadable)
        {
            _everRead = true;
            _unreadable = 0;
            _trouble = null;
            _waiting.Reset();
            return false;
        }

        // Before the first one was read it is not a loss: all of a first pass may fail, and the pipeline judges that.
        if (!_options.Repeat || !_everRead)
            return false;
        if (_folder is not null && FileSystem.KindOf(_folder) != EntryKind.Folder)
        {
            _trouble = $"the image folder {_folder} is gone; it is looked for again";
            return true;
        }

        if (++_unreadable >= Math.Min(LossOfAll, _files.Length))
            _trouble = $"the last {_unreadable:#,0} image files could not be read; they are tried again";
        return false;
    }

    /// <summary>Waits, and lists the folder anew: other files may lie there now.</summary>
    /// <returns>Whether an image can be tried.</returns>
    private bool TryRecover(CancellationToken stop)
    {
        if (!_waiting.Wait(stop))
            return false;
        if (_folder is null)
            return true;
        try
        {
            var files = Chosen(FolderListing.Of(_folder).Files, _options);
            if (files.Length == 0)
                return false;
            _files = files;
            _place = 0;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private EncodedImage Read(long sequence, string file, long arrival)
    {
        byte[]? rented = null;
        try
        {
            using var handle = FileSystem.OpenRead(file);
            var length = RandomAccess.GetLength(handle);
            if (length > _options.MaxEncodedBytes)
                return EncodedImage.Failed(sequence, file, arrival, ImageFailure.TooLarge);
            rented = ArrayPool<byte>.Shared.Rent((int)Math.Max(length, 1));
            var read = 0;
            while (
                read < length
                && RandomAccess.Read(handle, rented.AsSpan(read, (int)length - read), read) is var count and > 0
            )
                read += count;
            return EncodedImage.Leased(sequence, file, arrival, rented, read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
            return EncodedImage.Failed(sequence, file, arrival, ImageFailure.Unreadable);
        }
    }

    /// <summary>The shard of all, without those that an earlier run has answered.</summary>
    private static string[] Chosen(IReadOnlyList<string> all, FileImageOptions options)
    {
        var paths = new CanonicalPaths();
        return
        [
            .. all.Where((_, place) => options.Shard?.Contains(place) != false)
                .Where(file => options.Exclude.Count == 0 || !options.Exclude.Contains(paths.Of(file))),
        ];
    }

    private static FolderListing List(string folder)
    {
        try
        {
            return FolderListing.Of(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(
                $"the image folder {folder} cannot be listed whole: {e.Message}; make it readable, or give another",
                e
            );
        }
    }

    private static ImageSourceException Unusable(string message, Exception? inner = null) =>
        inner is null
            ? new ImageSourceException(message) { Subject = ErrorSubject.ImageFolder }
            : new ImageSourceException(message, inner) { Subject = ErrorSubject.ImageFolder };
}
