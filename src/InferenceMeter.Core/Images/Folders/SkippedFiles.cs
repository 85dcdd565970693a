namespace InferenceMeter.Images.Folders;

/// <summary>What a folder holds beside its images, by why it was passed over.</summary>
internal sealed class SkippedFiles
{
    private const int MostExtensions = 5;

    private readonly Dictionary<string, int> _extensions = new(StringComparer.OrdinalIgnoreCase);
    private int _hidden;
    private int _special;
    private int _again;

    /// <summary>A file whose extension is not an image's.</summary>
    public void OtherFile(string name)
    {
        var extension = Path.GetExtension(name);
        _extensions[extension] = _extensions.GetValueOrDefault(extension) + 1;
    }

    /// <summary>A file or folder whose name begins with a dot, such as <c>._photo.jpg</c> or <c>.git</c>.</summary>
    public void Hidden() => _hidden++;

    /// <summary>A pipe, a socket or a device.</summary>
    public void Special() => _special++;

    /// <summary>A link to a folder that was listed already.</summary>
    public void SeenBefore() => _again++;

    /// <summary>
    /// One line such as <c>12 .txt, 3 .tiff, 2 hidden, 1 pipe or device</c>; <see langword="null"/> when nothing was.
    /// </summary>
    public override string? ToString()
    {
        var byCount = _extensions
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal);
        var parts = byCount
            .Take(MostExtensions)
            .Select(pair => $"{pair.Value:#,0} {(pair.Key.Length > 0 ? pair.Key : "without extension")}")
            .ToList();
        var rest = byCount.Skip(MostExtensions).Sum(pair => pair.Value);
        Add(rest, "of other extensions");
        Add(_hidden, "hidden");
        Add(_special, _special == 1 ? "pipe or device" : "pipes or devices");
        Add(_again, _again == 1 ? "link to a folder listed already" : "links to folders listed already");
        return parts.Count > 0 ? string.Join(", ", parts) : null;

        void Add(int count, string what)
        {
            if (count > 0)
                parts.Add($"{count:#,0} {what}");
        }
    }
}
