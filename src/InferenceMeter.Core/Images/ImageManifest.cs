using InferenceMeter.Errors;
using InferenceMeter.Images.Folders;

namespace InferenceMeter.Images;

/// <summary>
/// A list of images: one path per line, relative to the list's own folder, or the address of an object such as
/// <c>s3://bucket/1.jpg</c>. Spaces belong to the path. Empty lines
/// and lines that begin with <c>#</c> are left out; a path that begins with <c>#</c> is written <c>\#</c>.
/// </summary>
public static class ImageManifest
{
    private const byte LineFeed = (byte)'\n';
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a manifest; names keep their bytes, also those that are not UTF-8.</summary>
    /// <returns>Full paths and addresses, in the order of the lines; one that is there twice comes once.</returns>
    /// <exception cref="ImageSourceException">It cannot be read, or names no image.</exception>
    public static IReadOnlyList<string> Read(string manifest)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(manifest))!;
            string[] files =
            [
                .. Lines(File.ReadAllBytes(manifest))
                    .Where(line => !string.IsNullOrWhiteSpace(line) && line[0] != '#')
                    .Select(line => Locate(Unescape(line), folder))
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

    private static string Locate(string name, string folder) =>
        ImageAddress.HasScheme(name) ? name : Path.GetFullPath(name, folder);

    /// <summary>Without their ends, which are those of Unix or of Windows.</summary>
    private static List<string> Lines(byte[] content)
    {
        var lines = new List<string>();
        var rest = content.AsSpan();
        if (rest.StartsWith(ByteOrderMark))
            rest = rest[ByteOrderMark.Length..];
        while (rest.Length > 0)
        {
            var end = rest.IndexOf(LineFeed);
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            lines.Add(RawName.Decode(line.TrimEnd((byte)'\r')));
        }

        return lines;
    }

    /// <summary><c>\#a</c> is the file <c>#a</c>, and <c>\\#a</c> is <c>\#a</c>.</summary>
    private static string Unescape(string line) =>
        line.StartsWith('\\') && line.TrimStart('\\').StartsWith('#') ? line[1..] : line;
}
