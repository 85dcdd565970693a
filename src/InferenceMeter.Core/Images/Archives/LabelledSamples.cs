using System.Text.Json;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>
/// Images of an archive and the classes that lie beside them, as WebDataset writes them: files that are alike up to the
/// first dot of their names belong together, and follow one another. <c>n1/7.cls</c> or <c>n1/7.json</c> holds the
/// class of <c>n1/7.jpg</c>, before or after it.
/// </summary>
internal sealed class LabelledSamples
{
    /// <summary>Larger files beside an image are not read for its class.</summary>
    public const int MaxLabelBytes = 64 * 1024;

    /// <summary>So many images and bytes are held until their class is known.</summary>
    private const int MostImages = 16;
    private const long MostBytes = 4 * 1024 * 1024;

    private static readonly string[] ClassKeys = ["label", "cls", "class", "class_index", "class_id", "target"];

    private readonly List<FetchedImage> _images = [];
    private string _key = "";
    private long _bytes;
    private int? _class;

    /// <summary>Whether a file's content says the class of the images beside it.</summary>
    public static bool IsLabel(string path) =>
        path.EndsWith(".cls", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>A file comes; those of the sample before it are complete then.</summary>
    /// <returns>They, with their class.</returns>
    public IReadOnlyList<FetchedImage> Begin(string path)
    {
        var key = KeyOf(path);
        if (key == _key && _images.Count < MostImages && _bytes < MostBytes)
            return [];
        var complete = Flush();
        if (key != _key)
        {
            _key = key;
            _class = null;
        }

        return complete;
    }

    /// <summary>An image of the present sample.</summary>
    public void Add(in FetchedImage image)
    {
        _images.Add(image);
        _bytes += image.Length;
    }

    /// <summary>A label of the present sample; one that holds no class says nothing.</summary>
    public void AddLabel(ReadOnlySpan<byte> content) => _class ??= Parse(content);

    /// <summary>The images that are held.</summary>
    public IReadOnlyList<FetchedImage> Flush()
    {
        if (_images.Count == 0)
            return [];
        FetchedImage[] complete = [.. _images.Select(image => image with { TrueClass = _class })];
        _images.Clear();
        _bytes = 0;
        return complete;
    }

    /// <summary>The path up to the first dot of the file's name.</summary>
    private static string KeyOf(string path)
    {
        var name = path.LastIndexOf('/') + 1;
        var dot = path.IndexOf('.', name);
        return dot < 0 ? path : path[..dot];
    }

    /// <summary>The class in a number, or in an object's member such as <c>label</c>.</summary>
    private static int? Parse(ReadOnlySpan<byte> content)
    {
        try
        {
            var reader = new Utf8JsonReader(content);
            using var json = JsonDocument.ParseValue(ref reader);
            return ClassOf(json.RootElement);
        }
        // The latter for half a character in the name of a member.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static int? ClassOf(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Number)
            return json.TryGetInt32(out var index) && index >= 0 ? index : null;
        if (json.ValueKind != JsonValueKind.Object)
            return null;
        return ClassKeys
            .Select(key => json.TryGetProperty(key, out var value) ? value : default)
            .Where(value => value.ValueKind == JsonValueKind.Number)
            .Select(ClassOf)
            .FirstOrDefault(index => index is not null);
    }
}
