using System.Text.Json;

namespace InferenceMeter.Pricing.Book;

/// <summary>
/// Reads price files: CSV with the header <c>cloud,instance,region,purchase,usd,per,vcpus,gpus,gpu,as_of,source</c>, or a JSON array of objects
/// with these names. A user's file needs only <c>instance</c>, <c>as_of</c> and an amount: <c>usd</c>, or <c>amount</c> with <c>currency</c> and <c>usd_per_unit</c>.
/// </summary>
public static class PriceFile
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int MostErrors = 5;

    /// <summary>Reads a user's file; its name says whether it is CSV or JSON.</summary>
    /// <param name="path">Ends in <c>.csv</c> or <c>.json</c>.</param>
    /// <param name="today">No price may be younger.</param>
    /// <exception cref="PriceException">It cannot be read, or has rows that cannot be used; each is named.</exception>
    public static IReadOnlyList<PriceRow> ReadUser(string path, DateOnly today)
    {
        string text;
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw new PriceException(
                    $"{path} has more than {MaxBytes / 1024 / 1024} MB; a price file has a line a price"
                );
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PriceException($"{path} cannot be read: {e.Message}", e);
        }

        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? ParseJson(text, Path.GetFileName(path), today)
            : ParseCsv(text, Path.GetFileName(path), today);
    }

    /// <summary>Reads CSV.</summary>
    /// <param name="name">Of the file, for messages and as the source of rows that name none.</param>
    /// <exception cref="PriceException">There are rows that cannot be used.</exception>
    public static IReadOnlyList<PriceRow> ParseCsv(string text, string name, DateOnly today)
    {
        var lines = CsvLines.Read(text).ToArray();
        if (lines.Length == 0)
            throw new PriceException($"{name} is empty; its first line is: {string.Join(',', PriceFields.Names)}");
        var header = lines[0].Fields.Select(field => field.ToLowerInvariant()).ToArray();
        if (header.Except(PriceFields.Known, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new PriceException(
                $"{name} line {lines[0].Line} has the column '{unknown}'; known are {string.Join(", ", PriceFields.Known)}"
            );
        return Rows(
            name,
            today,
            lines
                .Skip(1)
                .Select(line =>
                {
                    var fields = header
                        .Zip(line.Fields)
                        .ToLookup(pair => pair.First, pair => pair.Second, StringComparer.Ordinal)
                        .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
                    var wrong =
                        line.Fields.Count == header.Length
                            ? null
                            : $"has {line.Fields.Count} fields, the header has {header.Length}";
                    return ($"line {line.Line}", fields, wrong);
                })
        );
    }

    /// <summary>Reads a JSON array of objects.</summary>
    /// <inheritdoc cref="ParseCsv"/>
    public static IReadOnlyList<PriceRow> ParseJson(string text, string name, DateOnly today)
    {
        try
        {
            using var document = JsonDocument.Parse(
                text,
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
            );
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new PriceException(
                    $"{name} is no array; write [{{\"instance\": \"...\", \"usd\": 1.23, \"as_of\": \"2026-01-31\"}}]"
                );
            return Rows(
                name,
                today,
                document.RootElement.EnumerateArray().Select((item, index) => Item(item, index)).ToArray()
            );
        }
        catch (JsonException e)
        {
            throw new PriceException($"{name} is no JSON: {e.Message}", e);
        }
    }

    private static (string Where, Dictionary<string, string> Fields, string? Wrong) Item(JsonElement item, int index)
    {
        var where = $"item {index + 1}";
        if (item.ValueKind != JsonValueKind.Object)
            return (where, [], "is no object");
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in item.EnumerateObject())
        {
            var key = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            if (!PriceFields.Known.Contains(key, StringComparer.Ordinal))
                return (where, fields, $"has '{property.Name}'; known are {string.Join(", ", PriceFields.Known)}");
            fields[key] = property.Value.ToString();
        }

        return (where, fields, null);
    }

    private static List<PriceRow> Rows(
        string name,
        DateOnly today,
        IEnumerable<(string Where, Dictionary<string, string> Fields, string? Wrong)> items
    )
    {
        var (rows, errors, seen) = (new List<PriceRow>(), new List<string>(), new Dictionary<object, string>());
        foreach (var (where, fields, wrong) in items)
        {
            var error = wrong;
            var row = error is null ? new PriceFields(fields, name, today).Read(out error) : null;
            if (row is not null && !seen.TryAdd(row.Key, where))
                error =
                    $"gives the price of {row.Instance} {row.Region} {row.Purchase.Label()} once more, after {seen[row.Key]}; leave one away";
            if (error is null)
                rows.Add(row!);
            else
                errors.Add($"{where} {error}");
        }

        if (errors.Count == 0)
            return rows;
        throw new PriceException(
            $"{name}: {string.Join("; ", errors.Take(MostErrors))}{(errors.Count > MostErrors ? $"; and {errors.Count - MostErrors} more" : "")}"
        );
    }
}
