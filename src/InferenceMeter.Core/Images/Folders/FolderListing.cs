using InferenceMeter.Images.Archives;

namespace InferenceMeter.Images.Folders;

/// <summary>
/// The image files and archives below a folder. Links to folders are followed, each folder is listed once, and a folder
/// that cannot be listed is an error: a smaller data set would pass for the whole.
/// </summary>
internal sealed class FolderListing
{
    /// <summary>Extensions of images, with the dot.</summary>
    public static IReadOnlySet<string> Extensions { get; } =
        new HashSet<string>(StringComparer.OrdinalIgnoreCase) { ".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif" };

    /// <summary>The same for messages.</summary>
    public static string ExtensionList { get; } = string.Join(", ", Extensions.Order(StringComparer.Ordinal));

    /// <summary>Whether a file is an image, by its extension.</summary>
    public static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path));

    /// <summary>Whether a file or a folder of its path has a name that begins with a dot.</summary>
    public static bool IsHidden(string path) => path.StartsWith('.') || path.Contains("/.", StringComparison.Ordinal);

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<string> _links = new();
    private readonly List<string> _files = [];
    private readonly SkippedFiles _skipped = new();

    private FolderListing() { }

    /// <summary>Paths below the folder as it was given, in ordinal order.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>What else was there, in one line; <see langword="null"/> when nothing was.</summary>
    public string? Skipped => _skipped.ToString();

    /// <summary>Lists a folder and all folders in it.</summary>
    /// <exception cref="IOException">One cannot be listed; the message names it.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be listed; the message names it.</exception>
    public static FolderListing Of(string folder)
    {
        var listing = new FolderListing();
        listing._links.Enqueue(folder);
        // Links come after all folders that are there themselves, so that an image goes by its own path where it has
        // one.
        while (listing._links.TryDequeue(out var next))
            listing.Visit(next);
        listing._files.Sort(StringComparer.Ordinal);
        return listing;
    }

    private void Visit(string root)
    {
        var folders = new Stack<string>();
        folders.Push(root);
        while (folders.TryPop(out var folder))
        {
            if (_seen.Add(FileSystem.IdentityOf(folder)))
                List(folder, folders);
            else
                _skipped.SeenBefore();
        }
    }

    private void List(string folder, Stack<string> folders)
    {
        foreach (var entry in FileSystem.List(folder).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var path = Path.Join(folder, entry.Name);
            if (entry.Name[0] == '.')
                _skipped.Hidden();
            else if (entry is { Kind: EntryKind.Folder, IsLink: true })
                _links.Enqueue(path);
            else if (entry.Kind == EntryKind.Folder)
                folders.Push(path);
            else if (entry.Kind == EntryKind.Special)
                _skipped.Special();
            else if (IsImage(entry.Name) || ArchiveFormats.IsArchive(entry.Name))
                _files.Add(path);
            else
                _skipped.OtherFile(entry.Name);
        }
    }
}
