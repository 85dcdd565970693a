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

    /// <summary>The names that a user or the model gives; <see langword="null"/> when there are none.</summary>
    /// <param name="modelPath">Of the model, for relative paths and messages.</param>
    /// <param name="settings">May name a file or list them under <c>labels</c>.</param>
    /// <param name="file">A file the user named; it comes before all else.</param>
    /// <exception cref="ModelException">The file is unreadable.</exception>
    public static GivenLabels? Given(string modelPath, SidecarSettings settings, string? file)
    {
        if (file is not null)
            return new GivenLabels(file, ReadFile(file));
        if (settings.Texts("labels") is { } list)
            return new GivenLabels(modelPath, list);
        if (settings.Text("labels") is not { } name)
            return null;
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(modelPath))!, name);
        return new GivenLabels(path, ReadFile(path));
    }

    /// <returns>A name for each class, or none when none are known.</returns>
    /// <exception cref="ModelException">Their number is not that of the classes.</exception>
    public static IReadOnlyList<string> For(ClassifierOutput output, GivenLabels? given)
    {
        if (given is null)
            return output.Classes == ImageNet.Count ? ImageNet : [];
        if (given.Names.Count == output.Classes)
            return given.Names;
        // Lists that come with such models name the background class, too.
        if (output.HasBackground && given.Names.Count == output.Size)
            return [.. given.Names.Skip(1)];
        throw new ModelException(
            $"{given.Where}: {given.Names.Count} labels for a model of {output.Classes} classes; one a "
                + "line, in index order"
        );
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
}

/// <summary>Class names, and where they are from.</summary>
internal sealed record GivenLabels(string Where, IReadOnlyList<string> Names);
