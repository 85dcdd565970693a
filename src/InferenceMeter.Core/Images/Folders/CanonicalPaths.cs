using System.Collections.Concurrent;

namespace InferenceMeter.Images.Folders;

/// <summary>
/// The one path by which an image is known however its folder was written: full, and without links to folders. A link
/// that is a file itself keeps its name, and so does what is in an archive. Addresses of buckets stay as they are.
/// Folders are looked up once. Thread-safe.
/// </summary>
internal sealed class CanonicalPaths
{
    private readonly ConcurrentDictionary<string, string> _folders = new(StringComparer.Ordinal);

    /// <summary>The path of an image, which need not exist.</summary>
    public string Of(string image)
    {
        if (ImageAddress.HasScheme(image))
            return image;
        var full = Path.GetFullPath(image);
        return Path.GetDirectoryName(full) is { } folder ? Path.Join(RealFolder(folder), Path.GetFileName(full)) : full;
    }

    private string RealFolder(string folder)
    {
        if (_folders.TryGetValue(folder, out var real))
            return real;
        // An archive stands where a folder would, and has folders of its own: only what is above it can be a link.
        real =
            FileSystem.KindOf(folder) != EntryKind.Folder && Path.GetDirectoryName(folder) is { } parent
                ? Path.Join(RealFolder(parent), Path.GetFileName(folder))
                : FileSystem.RealPath(folder);
        _folders[folder] = real;
        return real;
    }
}
