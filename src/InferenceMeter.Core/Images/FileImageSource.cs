using System.Buffers;
using InferenceMeter.Errors;

namespace InferenceMeter.Images;

/// <summary>
/// Image files: those below a folder in ordinal order of their paths, or those of a manifest in its own; of these a
/// shard. A file that cannot
/// be read is handed out as failed, so that it is counted.
/// </summary>
public sealed class FileImageSource : IImageSource
{
    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg",
        ".jpeg",
        ".png",
        ".webp",
        ".bmp",
        ".gif",
    };

    private readonly string[] _files;
    private readonly FileImageOptions _options;
    private readonly TimeProvider _time;
    private long _next;

    private FileImageSource(string kind, IReadOnlyList<string> all, FileImageOptions options, TimeProvider time)
    {
        Kind = kind;
        _options = options;
        _time = time;
        _files =
        [
            .. all.Where((_, place) => options.Shard?.Contains(place) != false)
                .Where(file => !options.Exclude.Contains(file)),
        ];
    }

    /// <summary>
    /// Lists a folder, recursively (links to folders are not followed: they can go round in circles).
    /// </summary>
    /// <exception cref="ImageSourceException">It does not exist, cannot be listed, or holds no image file.</exception>
    public static FileImageSource OfFolder(string folder, FileImageOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (File.Exists(folder))
            throw Unusable($"the image folder {folder} is a file; give the folder that it lies in");
        if (!Directory.Exists(folder))
            throw Unusable($"the image folder {folder} does not exist; give a folder with images");
        var all = List(folder);
        if (all.Length == 0)
            throw Unusable(
                $"the image folder {folder} has no image file "
                    + $"({string.Join(", ", Extensions.Order(StringComparer.Ordinal))}), also not in its subfolders"
            );
        return new FileImageSource("folder", all, options, time);
    }

    /// <summary>Takes the files of a manifest.</summary>
    /// <exception cref="ImageSourceException">It cannot be read, or names no image.</exception>
    public static FileImageSource OfManifest(string manifest, FileImageOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new FileImageSource("manifest", ImageManifest.Read(manifest), options, time);
    }

    /// <inheritdoc/>
    public string Kind { get; }

    /// <inheritdoc/>
    public int DistinctImages => _files.Length;

    /// <inheritdoc/>
    public bool TryNext(out EncodedImage image)
    {
        if (_files.Length == 0 || (!_options.Repeat && _next >= _files.Length))
        {
            image = default;
            return false;
        }

        var sequence = _next++;
        image = Read(sequence, _files[sequence % _files.Length], _time.GetTimestamp());
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() { }

    private EncodedImage Read(long sequence, string file, long arrival)
    {
        byte[]? rented = null;
        try
        {
            using var handle = File.OpenHandle(file, options: FileOptions.SequentialScan);
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

    private static ImageSourceException Unusable(string message, Exception? inner = null) =>
        inner is null
            ? new ImageSourceException(message) { Subject = ErrorSubject.ImageFolder }
            : new ImageSourceException(message, inner) { Subject = ErrorSubject.ImageFolder };

    private static string[] List(string folder)
    {
        try
        {
            var options = new EnumerationOptions
            {
                RecurseSubdirectories = true,
                IgnoreInaccessible = true,
                AttributesToSkip = FileAttributes.None,
            };
            var files = new System.IO.Enumeration.FileSystemEnumerable<string>(
                folder,
                (ref entry) => entry.ToSpecifiedFullPath(),
                options
            )
            {
                ShouldIncludePredicate = (ref entry) =>
                    !entry.IsDirectory && Extensions.Contains(Path.GetExtension(entry.FileName).ToString()),
                ShouldRecursePredicate = (ref entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
            }.ToArray();
            Array.Sort(files, StringComparer.Ordinal);
            return files;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable($"the image folder {folder} cannot be listed: {e.Message}", e);
        }
    }
}
