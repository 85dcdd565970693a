using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images;

/// <summary>
/// Where images are, as a user writes it: the path of a folder or a file, or the address of a bucket such as
/// <c>s3://bucket/prefix</c>.
/// </summary>
internal static class ImageAddress
{
    /// <summary>Whether it is an address, and not a path.</summary>
    public static bool HasScheme(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>It as it may be shown and kept: without the signature that gives access to what it names.</summary>
    public static string WithoutSecret(string text) =>
        HasScheme(text)
        && (
            text.StartsWith("http", StringComparison.OrdinalIgnoreCase)
            || text.Contains("sig=", StringComparison.Ordinal)
        )
            ? text.Split('?')[0]
            : text;

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
                $"the image folder {text} does not exist; give a folder with images, an archive of images, or an "
                    + $"address ({string.Join(", ", Buckets.Forms)})"
            );
    }
}
