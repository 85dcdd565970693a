namespace InferenceMeter.Models;

/// <summary>Class names in index order.</summary>
internal static class ClassLabels
{
    private static readonly Lazy<string[]> ImageNetNames = new(() =>
    {
        using var reader = new StreamReader(typeof(ClassLabels).Assembly.GetManifestResourceStream("imagenet-1k.txt")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    });

    /// <summary>The 1,000 classes of ILSVRC 2012, first name of each synset.</summary>
    public static IReadOnlyList<string> ImageNet => ImageNetNames.Value;

    /// <param name="modelPath">Of the model, for relative paths and messages.</param>
    /// <param name="settings">May name a file or list them under <c>labels</c>.</param>
    /// <param name="classes">How many there must be.</param>
    /// <param name="file">A file the user named; it comes before all else.</param>
    /// <returns>That many names, or none when none are known.</returns>
    /// <exception cref="ModelException">The file is unreadable, or their number is not that of the classes.</exception>
    public static IReadOnlyList<string> For(string modelPath, ModelSettings settings, int classes, string? file)
    {
        if (file is not null)
            return Checked(file, ReadFile(file), classes);
        if (settings.Texts("labels") is { } list)
            return Checked(modelPath, list, classes);
        if (settings.Text("labels") is { } name)
        {
            var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(modelPath))!, name);
            return Checked(path, ReadFile(path), classes);
        }

        return classes == ImageNet.Count ? ImageNet : [];
    }

    /// <summary>Names of a file, one a line.</summary>
    /// <exception cref="ModelException">It cannot be read.</exception>
    public static string[] ReadFile(string path)
    {
        try
        {
            var lines = File.ReadAllLines(path);
            return lines is [.. var names, ""] ? names : lines;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path}: labels cannot be read: {OneLine.Of(e)}", e);
        }
    }

    private static string[] Checked(string where, string[] names, int classes) =>
        names.Length == classes
            ? names
            : throw new ModelException(
                $"{where}: {names.Length} labels for a model of {classes} classes; one a line, in index order"
            );
}
