namespace InferenceMeter.Images.Folders;

/// <summary>
/// The one path by which a file is known however its folder was written: full, and without links to folders. A link
/// that is a file itself keeps its name. Folders are looked up once.
/// </summary>
internal sealed class CanonicalPaths
{
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    /// <summary>The path of a file, which need not exist.</summary>
    public string Of(string file)
    {
        var full = Path.GetFullPath(file);
        if (Path.GetDirectoryName(full) is not { } folder)
            return full;
        if (!_folders.TryGetValue(folder, out var real))
        {
            real = FileSystem.RealPath(folder);
            _folders.Add(folder, real);
        }

        return Path.Join(real, Path.GetFileName(full));
    }
}
