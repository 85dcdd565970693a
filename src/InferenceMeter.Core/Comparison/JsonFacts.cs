using System.Text.Json;

namespace InferenceMeter.Comparison;

/// <summary>Looks into JSON of a form that may differ: what is missing or of another kind is not there.</summary>
internal readonly struct JsonFacts(JsonElement? element)
{
    private readonly JsonElement? _element = element;

    public bool Has(string name) => Find(name) is not null;

    public JsonFacts At(string name) => new(Find(name));

    public IReadOnlyList<JsonFacts> Items(string name) => Find(name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray().Select(item => new JsonFacts(item))] : [];

    public IReadOnlyList<string> Texts(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)] : [];

    public string Text(string name) => Find(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    public bool Is(string name) => Find(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A finite number.</summary>
    public double? Number(string name) => Find(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetDouble(out var value) && double.IsFinite(value) ? value : null;

    public DateTimeOffset? Time(string name) => Find(name) is { ValueKind: JsonValueKind.String } text && text.TryGetDateTimeOffset(out var time) ? time : null;

    /// <summary>Names and values of an object, in order of the names.</summary>
    public IEnumerable<(string Name, string Value)> Pairs(string name) => Find(name) is { ValueKind: JsonValueKind.Object } pairs
        ? pairs.EnumerateObject().OrderBy(pair => pair.Name, StringComparer.Ordinal).Select(pair => (pair.Name, pair.Value.ToString())) : [];

    private JsonElement? Find(string name) => _element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var found) && found.ValueKind != JsonValueKind.Null ? found : null;
}
