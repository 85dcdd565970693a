using InferenceMeter.Errors;

namespace InferenceMeter.Images;

/// <summary>
/// A list of image files: a path a line, relative to the list's own folder; empty lines and those that begin with # say
/// nothing.
/// </summary>
public static class ImageManifest
{
    /// <summary>Reads it.</summary>
    /// <returns>Full paths, in the order of the lines; one that is there twice comes once.</returns>
    /// <exception cref="ImageSourceException">It cannot be read, or names no image.</exception>
    public static IReadOnlyList<string> Read(string manifest)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(manifest))!;
            string[] files =
            [
                .. File.ReadLines(manifest)
                    .Select(line => line.Trim())
                    .Where(line => line.Length > 0 && line[0] != '#')
                    .Select(line => Path.GetFullPath(line, folder))
                    .Distinct(StringComparer.Ordinal),
            ];
            return files.Length > 0
                ? files
                : throw new ImageSourceException(
                    $"the manifest {manifest} names no image; write the path of one on each line"
                )
                {
                    Subject = ErrorSubject.ImageManifest,
                };
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ImageSourceException(
                $"the manifest {manifest} cannot be read: {e.Message}; give a text file with the path of an "
                    + "image on each line",
                e
            )
            {
                Subject = ErrorSubject.ImageManifest,
            };
        }
    }
}
