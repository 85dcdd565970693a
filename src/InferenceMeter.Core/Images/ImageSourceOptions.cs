using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images;

/// <summary>
/// Which images are classified: those of folders, archives and buckets, those that a manifest names, or synthetic
/// photographs.
/// </summary>
internal sealed record ImageSourceOptions
{
    /// <summary>Paths of folders and files, and addresses of buckets; read one after another.</summary>
    public IReadOnlyList<string> Places { get; init; } = [];

    /// <summary>In place of them: a text file with the path or address of an image on each line.</summary>
    public string? Manifest { get; init; }

    /// <summary>Distinct photographs that are made when neither is given.</summary>
    public int SyntheticPhotos { get; init; } = 64;

    /// <summary>How they are read.</summary>
    public ReadingOptions Reading { get; init; } = new();

    /// <summary>Opens it.</summary>
    /// <exception cref="ImageSourceException">There are no images.</exception>
    public IImageSource Open(TimeProvider time)
    {
        if (Manifest is not null)
            return new FetchingImageSource([new ManifestLocation(Manifest, time)], Reading, time);
        return Places.Count == 0
            ? new SyntheticPhotoSource(SyntheticPhotos, time)
            : new FetchingImageSource(OpenPlaces(time), Reading, time);
    }

    private List<IImageLocation> OpenPlaces(TimeProvider time)
    {
        var locations = new List<IImageLocation>();
        try
        {
            foreach (var place in ImagePlaces.Distinct(Places))
                locations.Add(ImageAddress.OpenAsync(place, time, CancellationToken.None).GetAwaiter().GetResult());
            return locations;
        }
        catch
        {
            foreach (var location in locations)
                location.Dispose();
            throw;
        }
    }
}
