namespace InferenceMeter.Images;

/// <summary>
/// Which images are classified: those of a folder, those that a manifest names, or synthetic photographs.
/// </summary>
internal sealed record ImageSourceOptions
{
    /// <summary>Folder, searched with its subfolders.</summary>
    public string? Folder { get; init; }

    /// <summary>In place of a folder: a text file with the path of an image on each line.</summary>
    public string? Manifest { get; init; }

    /// <summary>Distinct photographs that are made when neither is given.</summary>
    public int SyntheticPhotos { get; init; } = 64;

    /// <summary>How files are read.</summary>
    public FileImageOptions Files { get; init; } = new();

    /// <summary>Opens it.</summary>
    /// <exception cref="ImageSourceException">There are no images.</exception>
    public IImageSource Open(TimeProvider time)
    {
        if (Manifest is not null)
            return FileImageSource.OfManifest(Manifest, Files, time);
        return Folder is null
            ? new SyntheticPhotoSource(SyntheticPhotos, time)
            : FileImageSource.OfFolder(Folder, Files, time);
    }
}
