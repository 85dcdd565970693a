using System.Text.Json;

namespace InferenceMeter.Pricing.Book;

/// <summary>
/// A JSON array of flat objects, read strictly: no comments, no commas too many, no name twice, nothing after its end.
/// </summary>
internal static class JsonItems
{
    /// <summary>The objects of the array, each with the line on which it begins.</summary>
    /// <param name="json">UTF-8 without a byte order mark.</param>
    /// <param name="nameOf">The name that a property counts as.</param>
    /// <exception cref="PriceException">It is no array of flat objects, or no JSON; with the line.</exception>
    public static IReadOnlyList<PriceItem> Read(byte[] json, Func<string, string> nameOf)
    {
        var items = new List<PriceItem>();
        var reader = new Utf8JsonReader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                throw new PriceException(
                    "line 1 begins no array; write [{\"instance\": \"...\", \"usd\": 1.23, \"as_of\": \"2026-01-31\"}]"
                );
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw new PriceException(
                        $"line {Line(json, reader)} has an item that is no object; write {{\"instance\": \"...\", ...}}"
                    );
                items.Add(Item(json, ref reader, nameOf));
            }

            // Also reads to the end: the reader refuses what comes after the array.
            while (reader.Read()) { }
        }
        catch (JsonException e)
        {
            throw new PriceException($"line {(e.LineNumber ?? 0) + 1} is no JSON: {Plain(e.Message)}", e);
        }

        return items;
    }

    private static PriceItem Item(byte[] json, ref Utf8JsonReader reader, Func<string, string> nameOf)
    {
        var line = Line(json, reader);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        string? error = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var written = reader.GetString()!;
            var name = nameOf(written);
            var at = Line(json, reader);
            reader.Read();
            var value = Value(ref reader);
            if (value is null)
                error ??= $"has a '{written}' that is no text and no number; give one of them";
            else if (!fields.TryAdd(name, value))
                error ??= $"has '{written}' twice (again on line {at}); leave one away";
        }

        return new PriceItem(line, fields, error);
    }

    /// <summary>Text, a number as written, or nothing for null.</summary>
    private static string? Value(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString()!;
            case JsonTokenType.Number:
                return System.Text.Encoding.UTF8.GetString(reader.ValueSpan);
            case JsonTokenType.Null:
                return "";
            default:
                reader.Skip();
                return null;
        }
    }

    private static int Line(byte[] json, Utf8JsonReader reader) =>
        1 + json.AsSpan(0, (int)reader.TokenStartIndex).Count((byte)'\n');

    /// <summary>The reason without the position, which is told in our own words.</summary>
    private static string Plain(string message) => message.Split(" LineNumber:")[0];
}

/// <summary>A row of a price file before it is looked at.</summary>
/// <param name="Line">On which it begins, from 1.</param>
/// <param name="Fields">By name.</param>
/// <param name="Error">Why its form is wrong; <see langword="null"/> when it is right.</param>
internal sealed record PriceItem(int Line, IReadOnlyDictionary<string, string> Fields, string? Error);
