using System.Text;
using System.Text.Json;

namespace InferenceMeter.Pricing.Book;

/// <summary>
/// Reads price files: CSV with the header <c>cloud,instance,region,purchase,usd,per,vcpus,gpus,gpu,as_of,source</c>, or
/// a JSON array of objects
/// with these names. A user's file needs only <c>instance</c>, <c>as_of</c> and an amount: <c>usd</c>, or <c>amount</c>
/// with <c>currency</c> and <c>usd_per_unit</c>.
/// A file that is malformed or contradicts itself is refused whole: a price that is guessed is worse than none.
/// </summary>
public static class PriceFile
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int MostErrors = 5;

    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>Reads a user's file; its name says whether it is CSV or JSON.</summary>
    /// <param name="path">Ends in <c>.csv</c> or <c>.json</c>.</param>
    /// <param name="today">No price may be younger.</param>
    /// <exception cref="PriceException">It cannot be read, or has rows that cannot be used; each is named.</exception>
    public static IReadOnlyList<PriceRow> ReadUser(string path, DateOnly today)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                throw new PriceException(
                    $"{path} has more than {MaxBytes / 1024 / 1024} MB; a price file has one line per price"
                );
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PriceException($"{path} cannot be read: {e.Message}", e);
        }

        var name = Path.GetFileName(path);
        var text = Text(bytes, name);
        return path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            ? ParseJson(text, name, today)
            : ParseCsv(text, name, today);
    }

    /// <summary>Reads CSV.</summary>
    /// <param name="text">Of the file.</param>
    /// <param name="name">Of the file, for messages and as the source of rows that name none.</param>
    /// <param name="today">No price may be younger.</param>
    /// <exception cref="PriceException">There are rows that cannot be used.</exception>
    public static IReadOnlyList<PriceRow> ParseCsv(string text, string name, DateOnly today)
    {
        var lines = CsvLines.Read(WithoutMark(text)).ToArray();
        if (lines.Length == 0)
            throw new PriceException($"{name} is empty; its first line is: {string.Join(',', PriceFields.Names)}");
        var header = Header(lines[0], name);
        return Rows(
            name,
            today,
            lines
                .Skip(1)
                .Select(line =>
                {
                    var error =
                        line.Error
                        ?? (
                            line.Fields.Count == header.Length
                                ? null
                                : $"has {line.Fields.Count} fields, the header has {header.Length}"
                        );
                    return error is null
                        ? new PriceItem(line.Number, header.Zip(line.Fields).ToDictionary(StringComparer.Ordinal), null)
                        : new PriceItem(line.Number, new Dictionary<string, string>(StringComparer.Ordinal), error);
                })
        );
    }

    /// <summary>Reads a JSON array of objects.</summary>
    /// <inheritdoc cref="ParseCsv"/>
    public static IReadOnlyList<PriceRow> ParseJson(string text, string name, DateOnly today)
    {
        try
        {
            return Rows(
                name,
                today,
                JsonItems
                    .Read(Strict.GetBytes(WithoutMark(text)), JsonNamingPolicy.SnakeCaseLower.ConvertName)
                    .Select(Known)
            );
        }
        catch (PriceException e) when (!e.Message.StartsWith(name, StringComparison.Ordinal))
        {
            throw new PriceException($"{name}: {e.Message}", e);
        }
    }

    /// <summary>The text of a file that is UTF-8, with or without a byte order mark.</summary>
    private static string Text(byte[] bytes, string name)
    {
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new PriceException($"{name}: line 1 begins as UTF-16; save the file as UTF-8");
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + bytes.AsSpan(0, Math.Clamp(e.Index, 0, bytes.Length)).Count((byte)'\n');
            throw new PriceException($"{name}: line {line} is no UTF-8; save the file as UTF-8", e);
        }
    }

    private static string WithoutMark(string text) => text.StartsWith('\uFEFF') ? text[1..] : text;

    private static string[] Header(CsvLine line, string name)
    {
        if (line.Error is { } error)
            throw new PriceException($"{name}: line {line.Number} {error}");
        var header = line.Fields.Select(field => field.ToLowerInvariant()).ToArray();
        if (header.Except(PriceFields.Known, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new PriceException(
                $"{name}: line {line.Number} has the column '{unknown}'; known are "
                    + $"{string.Join(", ", PriceFields.Known)}"
            );
        if (
            header.GroupBy(column => column, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is
            { } twice
        )
            throw new PriceException(
                $"{name}: line {line.Number} has the column '{twice.Key}' {twice.Count()} times; leave one away"
            );
        return header;
    }

    private static PriceItem Known(PriceItem item)
    {
        var unknown = item.Fields.Keys.FirstOrDefault(field =>
            !PriceFields.Known.Contains(field, StringComparer.Ordinal)
        );
        return unknown is null || item.Error is not null
            ? item
            : item with
            {
                Error = $"has '{unknown}'; known are {string.Join(", ", PriceFields.Known)}",
            };
    }

    private static List<PriceRow> Rows(string name, DateOnly today, IEnumerable<PriceItem> items)
    {
        var rows = new List<PriceRow>();
        var errors = new List<string>();
        var seen = new Dictionary<object, int>();
        foreach (var item in items)
        {
            var error = item.Error;
            var row = error is null ? new PriceFields(item.Fields, name, today).Read(out error) : null;
            if (row is not null && !seen.TryAdd(row.Key, item.Line))
                error = $"gives the price of {Name(row)} once more, after line {seen[row.Key]}; leave one away";
            if (error is null)
                rows.Add(row!);
            else
                errors.Add($"line {item.Line} {error}");
        }

        if (errors.Count == 0)
            return rows;
        var more = errors.Count > MostErrors ? $"; and {errors.Count - MostErrors} more" : "";
        throw new PriceException($"{name}: {string.Join("; ", errors.Take(MostErrors))}{more}");
    }

    private static string Name(PriceRow row) =>
        string.Join(' ', new[] { row.Instance, row.Region, row.Purchase.Label() }.Where(text => text.Length > 0));
}
