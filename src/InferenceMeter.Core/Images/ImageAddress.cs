using InferenceMeter.Images.Archives;
using InferenceMeter.Images.Folders;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images;

/// <summary>
/// Where images are, as a user writes it: the path of a folder or a file, or the address of a bucket such as
/// <c>s3://bucket/prefix</c>.
/// </summary>
internal static class ImageAddress
{
    /// <summary>What stands in a query that holds a signature.</summary>
    private static readonly string[] SignatureMarks = ["sig=", "signature="];

    /// <summary>Whether it is an address, and not a path.</summary>
    public static bool HasScheme(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>It as it may be shown and kept: without the signature that gives access to what it names.</summary>
    public static string WithoutSecret(string text)
    {
        if (!HasScheme(text))
            return text;
        var isSigned =
            text.StartsWith("http", StringComparison.OrdinalIgnoreCase)
            || SignatureMarks.Any(mark => text.Contains(mark, StringComparison.OrdinalIgnoreCase));
        var shown = isSigned ? text.Split('?')[0] : text;
        // Some write their keys before the host: s3://KEY:SECRET@bucket.
        var host = shown.IndexOf("://", StringComparison.Ordinal) + "://".Length;
        var end = shown.IndexOf('/', host);
        var at = shown.LastIndexOf('@', end < 0 ? shown.Length - 1 : end);
        return at < host ? shown : shown[..host] + shown[(at + 1)..];
    }

    /// <summary>Opens what it names, and makes sure that there are images.</summary>
    /// <exception cref="ImageSourceException">It is nothing that can be read, or holds no images.</exception>
    public static async Task<IImageLocation> OpenAsync(string text, TimeProvider time, CancellationToken stop)
    {
        if (HasScheme(text))
            return await BucketLocation.OpenAsync(text, new Buckets(time), time, stop);
        if (File.Exists(text))
            return new FileLocation(text);
        return Directory.Exists(text)
            ? new FolderLocation(text)
            : throw ImageSourceException.ForImages(
                $"{(IsFileName(text) ? "the file" : "the image folder")} {text} does not exist; give a folder with "
                    + $"images, an archive of images, or an address ({string.Join(", ", Buckets.Forms)})"
            );
    }

    private static bool IsFileName(string path) => ArchiveFormats.IsArchive(path) || FolderListing.IsImage(path);
}
