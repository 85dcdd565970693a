using System.Text.Json;

namespace InferenceMeter.Comparison;

/// <summary>
/// Looks into JSON of a form that may differ: what is missing or of another kind is not there. Texts are cut and are
/// free of control
/// characters, with which a file could write to its reader's terminal.
/// </summary>
internal readonly struct JsonFacts(JsonElement? element)
{
    private const int Longest = 500;

    private readonly JsonElement? _element = element;

    public bool Has(string name) => Find(name) is not null;

    public JsonFacts At(string name) => new(Find(name));

    public IReadOnlyList<JsonFacts> Items(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } array
            ? [.. array.EnumerateArray().Select(item => new JsonFacts(item))]
            : [];

    public IReadOnlyList<string> Texts(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } array
            ? [.. array.EnumerateArray().Select(Plain).Where(text => text.Length > 0)]
            : [];

    public string Text(string name) => Find(name) is { } text ? Plain(text) : "";

    public bool Is(string name) => Find(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A finite number.</summary>
    public double? Number(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Number } number
        && number.TryGetDouble(out var value)
        && double.IsFinite(value)
            ? value
            : null;

    public DateTimeOffset? Time(string name) =>
        Find(name) is { ValueKind: JsonValueKind.String } text && text.TryGetDateTimeOffset(out var time) ? time : null;

    /// <summary>Names and values of an object, in order of the names.</summary>
    public IEnumerable<(string Name, string Value)> Pairs(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Object } pairs
            ? pairs
                .EnumerateObject()
                .OrderBy(pair => pair.Name, StringComparer.Ordinal)
                .Select(pair =>
                    (
                        Plain(pair.Name),
                        pair.Value.ValueKind == JsonValueKind.String
                            ? Plain(pair.Value)
                            : Plain(pair.Value.GetRawText())
                    )
                )
            : [];

    /// <summary>Without control characters, and not without end.</summary>
    public static string Plain(string text) =>
        string.Concat(
                (text.Length > Longest ? text[..Longest] : text).Select(c =>
                    char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\ufffe' or '\uffff'
                        ? ' '
                        : c
                )
            )
            .Trim();

    private static string Plain(JsonElement text)
    {
        if (text.ValueKind != JsonValueKind.String)
            return "";
        try
        {
            return Plain(text.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // Half of a pair of surrogates: no text that could be shown.
            return "";
        }
    }

    private JsonElement? Find(string name) =>
        _element is { ValueKind: JsonValueKind.Object } parent
        && parent.TryGetProperty(name, out var found)
        && found.ValueKind != JsonValueKind.Null
            ? found
            : null;
}
