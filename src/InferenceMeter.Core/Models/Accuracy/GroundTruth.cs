using System.Globalization;
using InferenceMeter.Errors;

namespace InferenceMeter.Models.Accuracy;

/// <summary>
/// Which class each image of a folder shows: from a file of labels, or from subfolders named after ImageNet's synsets.
/// </summary>
public sealed class GroundTruth
{
    private const int ImageNetClasses = 1000;

    private readonly Dictionary<string, int> _byName;
    private readonly Dictionary<string, int> _byFolder;

    private GroundTruth(Dictionary<string, int> byName, Dictionary<string, int> byFolder) =>
        (_byName, _byFolder) = (byName, byFolder);

    /// <summary>
    /// Reads labels: lines of a file's name and a class index with a tab, a comma or a space between; a header may say
    /// where they are.
    /// </summary>
    /// <param name="path">TSV, CSV, or ImageNet's <c>val.txt</c>.</param>
    /// <param name="classes">Of the model.</param>
    /// <exception cref="ModelException">It cannot be read; the line says where.</exception>
    public static GroundTruth FromFile(string path, int classes)
    {
        var lines = Lines(path);
        var truth = new Dictionary<string, int>(StringComparer.Ordinal);
        var (file, label, first) = (0, 1, 0);
        if (
            lines.Length > 0
            && Fields(lines[0]) is { Length: > 1 } header
            && !int.TryParse(header[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)
        )
        {
            file = Array.FindIndex(header, name => name is "file" or "path" or "name" or "image");
            label = Array.FindIndex(header, name => name is "class_index" or "class" or "index" or "label");
            first = 1;
            if (file < 0 || label < 0)
                throw new ModelException($"{path}: line 1 names no columns file and class_index");
        }

        for (var i = first; i < lines.Length; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
                continue;
            var fields = Fields(lines[i]);
            if (
                fields.Length <= Math.Max(file, label)
                || !int.TryParse(fields[label], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            )
                throw new ModelException($"{path}: line {i + 1} is not a file's name and a class index");
            if (index >= classes)
                throw new ModelException(
                    $"{path}: line {i + 1} has class {index}, and the model has {classes}: from 0 to {classes - 1}"
                );
            if (!truth.TryAdd(fields[file], index) && truth[fields[file]] != index)
                throw new ModelException($"{path}: line {i + 1} gives {fields[file]} another class than before");
        }

        if (truth.Count == 0)
            throw new ModelException($"{path}: has no labels");
        return new GroundTruth(truth, []);
    }

    /// <summary>
    /// Reads them from the names of the subfolders (<c>n01440764</c>, ...), whose order is that of the classes.
    /// </summary>
    /// <param name="folder">
    /// With all 1,000 of them; any, or an archive or a bucket, when <paramref name="synsets"/> is given.
    /// </param>
    /// <param name="synsets">
    /// A file of one synset a line in the order of the classes, as ImageNet's <c>LOC_synset_mapping.txt</c>.
    /// </param>
    /// <param name="classes">Of the model.</param>
    /// <exception cref="ModelException">They do not say it.</exception>
    public static GroundTruth FromFolders(string folder, string? synsets, int classes)
    {
        var there = Directory.Exists(folder)
            ? Directory
                .GetDirectories(folder)
                .Select(Path.GetFileName)
                .OfType<string>()
                .Where(IsSynset)
                .Order(StringComparer.Ordinal)
                .ToArray()
            : [];
        if (synsets is not null)
        {
            var order = Lines(synsets)
                .Where(line => !string.IsNullOrWhiteSpace(line))
                .Select(line => line.Split([' ', '\t', ','], 2)[0])
                .ToArray();
            if (
                order.Length != classes
                || order.Distinct(StringComparer.Ordinal).Count() != classes
                || !order.All(IsSynset)
            )
                throw new ModelException(
                    $"{synsets}: needs {classes} lines that begin with a synset such as n01440764, in the "
                        + "order of the classes"
                );
            var places = order
                .Select((synset, index) => (synset, index))
                .ToDictionary(pair => pair.synset, pair => pair.index, StringComparer.Ordinal);
            if (there.FirstOrDefault(synset => !places.ContainsKey(synset)) is { } unknown)
                throw new ModelException($"{synsets}: has no {unknown}, of which {folder} has images");
            // All of them: in an archive or a bucket nobody has looked yet which are there.
            return new GroundTruth([], places);
        }

        if (there.Length == 0)
            throw new ModelException(
                $"{folder}: has no subfolders named after synsets (n01440764, ...); give a file of labels that "
                    + "says which class each image shows"
            )
            {
                Subject = ErrorSubject.TruthLabels,
            };
        if (there.Length != ImageNetClasses || classes != ImageNetClasses)
            throw new ModelException(
                $"{folder}: has {there.Length:#,0} of {ImageNetClasses:#,0} synsets, which does not say "
                    + "their classes; give the synsets in the order of the classes (LOC_synset_mapping.txt)"
            )
            {
                Subject = ErrorSubject.Synsets,
            };
        return new GroundTruth(
            [],
            there
                .Select((synset, index) => (synset, index))
                .ToDictionary(pair => pair.synset, pair => pair.index, StringComparer.Ordinal)
        );
    }

    /// <summary>The class of an image; <see langword="null"/> when it is not known.</summary>
    /// <param name="path">Its path.</param>
    public int? Find(string path)
    {
        if (_byFolder.Count > 0)
            return
                Path.GetFileName(Path.GetDirectoryName(path)) is { } folder
                && _byFolder.TryGetValue(folder, out var known)
                ? known
                : null;
        if (_byName.TryGetValue(path, out var index))
            return index;
        // A label names a file by the end of its path: val/a.jpg is the a.jpg in val, whatever is before it.
        for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            if (_byName.TryGetValue(path[(slash + 1)..], out index))
                return index;
        }

        return null;
    }

    private static bool IsSynset(string name) =>
        name.Length == 9 && name[0] == 'n' && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;

    private static string[] Fields(string line)
    {
        if (line.Contains('\t', StringComparison.Ordinal))
            return line.Split('\t');
        return line.Contains(',', StringComparison.Ordinal)
            ? line.Split(',')
            : line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string[] Lines(string path)
    {
        try
        {
            return [.. File.ReadAllLines(path).Select(line => line.TrimEnd('\r'))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path}: cannot be read: {OneLine.Of(e)}", e);
        }
    }
}
