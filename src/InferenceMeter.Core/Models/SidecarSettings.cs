using System.Text.Json;
using InferenceMeter.Models.Onnx;

namespace InferenceMeter.Models;

/// <summary>
/// What a user says about a model beside the graph: each key from the sidecar <c>FILE.onnx.json</c> or
/// <c>FILE.json</c>, else from the file's metadata_props, else <see langword="null"/>. The format is in
/// models/README.md.
/// </summary>
internal sealed class SidecarSettings
{
    private static readonly string[] Keys =
    [
        "name",
        "mean",
        "std",
        "scale",
        "channel_order",
        "layout",
        "resize",
        "crop",
        "classes",
        "labels",
        "weights",
        "background_class",
    ];

    private readonly Dictionary<string, (JsonElement Value, string Where)> _values = new(StringComparer.Ordinal);

    /// <summary>Reads both places.</summary>
    /// <exception cref="ModelException">The sidecar is not a JSON object, or has a key that nobody knows.</exception>
    public static SidecarSettings Read(string modelPath, ModelProto model)
    {
        var settings = new SidecarSettings();
        foreach (var entry in model.MetadataProps)
        {
            // Exporters write keys of their own there: those that are not ours are not for us.
            if (Keys.Contains(entry.Key, StringComparer.Ordinal))
                settings._values[entry.Key] = (Parse(entry.Value), $"{modelPath}: metadata");
        }

        var sidecar = new[] { modelPath + ".json", Path.ChangeExtension(modelPath, ".json") }.FirstOrDefault(
            File.Exists
        );
        if (sidecar is not null)
            settings.ReadSidecar(sidecar);
        return settings;
    }

    /// <summary>All that is said, as JSON.</summary>
    public Dictionary<string, string> All() =>
        _values.ToDictionary(entry => entry.Key, entry => entry.Value.Value.GetRawText(), StringComparer.Ordinal);

    public string? Text(string key) =>
        Get(key, "a text", value => value.ValueKind == JsonValueKind.String ? value.GetString() : null);

    public double? Number(string key) =>
        Get<double?>(key, "a number above 0", value => AsNumber(value) is > 0 and var number ? number : null);

    /// <summary>A size in pixels or a count.</summary>
    public int? Whole(string key) => Get(key, "a whole number above 0", value => AsWhole(value));

    /// <summary>One number for each of three channels.</summary>
    public double[]? Channels(string key, Func<double, bool> allowed) =>
        Get(
            key,
            "three numbers, one a channel",
            value =>
                value.ValueKind == JsonValueKind.Array
                && value.EnumerateArray().Select(AsNumber).ToArray() is { Length: 3 } numbers
                && numbers.All(number => number is { } n && allowed(n))
                    ? numbers.Select(number => number!.Value).ToArray()
                    : null
        );

    /// <summary>One of a few words.</summary>
    public string? Word(string key, params string[] words) =>
        Get(
            key,
            "one of " + string.Join(", ", words),
            value =>
                value.ValueKind == JsonValueKind.String && words.Contains(value.GetString(), StringComparer.Ordinal)
                    ? value.GetString()
                    : null
        );

    /// <summary>Yes or no.</summary>
    public bool? Flag(string key) =>
        Get<bool?>(
            key,
            "true or false",
            value =>
                value.ValueKind switch
                {
                    JsonValueKind.True => true,
                    JsonValueKind.False => false,
                    _ => null,
                }
        );

    /// <summary>Height and width: one number for a square, or two.</summary>
    public (int Height, int Width)? Size(string key)
    {
        var sides = Get(key, "a size in pixels, or [height, width]", Sides);
        return sides is null ? null : (sides[0], sides[1]);
    }

    private static int[]? Sides(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return AsWhole(value) is { } side ? [side, side] : null;
        return value.EnumerateArray().Select(AsWhole).ToArray() is [{ } height, { } width] ? [height, width] : null;
    }

    /// <summary>A list of texts, when the key holds one.</summary>
    public string[]? Texts(string key) =>
        _values.TryGetValue(key, out var entry) && entry.Value.ValueKind == JsonValueKind.Array
            ? Get(
                key,
                "a file or a list of texts",
                value =>
                    value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
                        ? value.EnumerateArray().Select(item => item.GetString()!).ToArray()
                        : null
            )
            : null;

    private static double? AsNumber(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : null;

    private static int? AsWhole(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0 ? number : null;

    private T? Get<T>(string key, string wanted, Func<JsonElement, T?> read)
    {
        if (!_values.TryGetValue(key, out var entry))
            return default;
        return read(entry.Value)
            ?? throw new ModelException($"{entry.Where}: \"{key}\" is {entry.Value.GetRawText()}; it must be {wanted}");
    }

    private void ReadSidecar(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllBytes(path),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
            );
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelException($"{path}: must be one JSON object (see models/README.md)");
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (!Keys.Contains(property.Name, StringComparer.Ordinal))
                {
                    throw new ModelException(
                        $"{path}: unknown key \"{property.Name}\"; known are {string.Join(", ", Keys)}"
                    );
                }

                _values[property.Name] = (property.Value.Clone(), path);
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"{path}: not readable as JSON: {OneLine.Of(e)}", e);
        }
    }

    /// <summary>A metadata value is text: JSON where it is JSON, else that text.</summary>
    private static JsonElement Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }
}
