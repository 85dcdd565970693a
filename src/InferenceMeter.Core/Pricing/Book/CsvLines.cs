using System.Text;

namespace InferenceMeter.Pricing.Book;

/// <summary>
/// Comma-separated values as RFC 4180 has them, with <c>#</c> lines as comments, read strictly: what a lenient reader
/// would guess at
/// is an error. A line is a row: a quoted field ends on the line on which it begins, so an unclosed quote can swallow
/// no other row.
/// </summary>
internal static class CsvLines
{
    /// <summary>The fields of each line that is neither empty nor a comment.</summary>
    /// <param name="text">The whole file.</param>
    public static IEnumerable<CsvLine> Read(string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            if (line.Length == 0 || line[0] == '#')
                continue;
            yield return Split(line, i + 1);
        }
    }

    private static CsvLine Split(string line, int number)
    {
        var fields = new List<string>();
        for (var at = 0; at <= line.Length; )
        {
            var error = line.AsSpan(at).StartsWith("\"") ? Quoted(line, ref at, fields) : Plain(line, ref at, fields);
            if (error is not null)
                return new CsvLine(number, fields, error);
            // Behind the comma; a comma at the end is followed by an empty field.
            at++;
        }

        return new CsvLine(number, fields, null);
    }

    private static string? Plain(string line, ref int at, List<string> fields)
    {
        var comma = line.IndexOf(',', at);
        var end = comma < 0 ? line.Length : comma;
        var field = line[at..end];
        at = end;
        if (field.Contains('"'))
            return $"has a quote in the middle of field {fields.Count + 1}; quote the whole field, and write a "
                + "quote in it twice";
        if (field.Any(char.IsControl))
            return $"has a control character in field {fields.Count + 1}; leave it away";
        fields.Add(field.Trim());
        return null;
    }

    private static string? Quoted(string line, ref int at, List<string> fields)
    {
        var field = new StringBuilder();
        for (at++; at < line.Length; at++)
        {
            if (line[at] != '"')
            {
                field.Append(line[at]);
                continue;
            }

            if (at + 1 < line.Length && line[at + 1] == '"')
            {
                field.Append(line[at++]);
                continue;
            }

            at++;
            if (at < line.Length && line[at] != ',')
                return $"goes on after the closing quote of field {fields.Count + 1}; write a quote inside of a field "
                    + "twice";
            fields.Add(field.ToString().Trim());
            return null;
        }

        return $"opens a quote in field {fields.Count + 1} that is not closed on that line; close it, or leave it away";
    }
}

/// <summary>A line of a CSV file.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Fields">Without their quotes; those before the error where there is one.</param>
/// <param name="Error">Why it is no CSV; <see langword="null"/> when it is.</param>
internal sealed record CsvLine(int Number, IReadOnlyList<string> Fields, string? Error);
