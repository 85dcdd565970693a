using InferenceMeter.Images;

namespace InferenceMeter.Benchmarks.Decoding;

/// <summary>Encoded images that are held in memory, so that no disk is measured.</summary>
internal static class ImageSet
{
    /// <summary>Photographs made when no folder is given.</summary>
    public const int SyntheticPhotos = 64;

    /// <summary>The images of a folder, or synthetic photographs when it is <see langword="null"/>.</summary>
    /// <exception cref="ImageSourceException">There are none, or one cannot be read.</exception>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Load(DirectoryInfo? folder)
    {
        using IImageSource source = folder is null
            ? new SyntheticPhotoSource(SyntheticPhotos, TimeProvider.System)
            : new ImageSourceOptions { Places = [folder.FullName] }.Open(TimeProvider.System);
        var images = new List<(string, byte[])>();
        while (images.Count < (source.DistinctImages ?? int.MaxValue) && source.TryNext(out var image))
        {
            if (image.Failure != ImageFailure.None)
                throw new ImageSourceException($"{image.Name} is {image.Failure.ToLabel()}");
            images.Add((image.Name, image.Bytes.ToArray()));
            image.Release();
        }

        return images;
    }
}
