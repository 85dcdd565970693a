using InferenceMeter.Images.Folders;

namespace InferenceMeter.Images;

/// <summary>Several places of images: each image belongs to one of them.</summary>
internal static class ImagePlaces
{
    /// <summary>The places, each once, however it is written.</summary>
    /// <exception cref="ImageSourceException">One lies within another, so its images would be there twice.</exception>
    public static IReadOnlyList<string> Distinct(IReadOnlyList<string> places)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var place in places)
            known.TryAdd(NameOf(place), place);
        foreach (var (inner, place) in known)
        {
            var outer = known.Keys.FirstOrDefault(other => other != inner && IsWithin(inner, other));
            if (outer is not null)
                throw ImageSourceException.ForImages(
                    $"{ImageAddress.WithoutSecret(place)} lies within {ImageAddress.WithoutSecret(known[outer])}, so "
                        + "its images would be taken twice; give one of them"
                );
        }

        return [.. known.Values];
    }

    private static string NameOf(string place) =>
        ImageAddress.HasScheme(place)
            ? ImageAddress.WithoutSecret(place).TrimEnd('/')
            : FileSystem.RealPath(Path.TrimEndingDirectorySeparator(Path.GetFullPath(place)));

    private static bool IsWithin(string inner, string outer) =>
        inner.StartsWith(outer.EndsWith('/') ? outer : $"{outer}/", StringComparison.Ordinal);
}
