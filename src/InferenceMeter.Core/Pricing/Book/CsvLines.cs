using System.Text;

namespace InferenceMeter.Pricing.Book;

/// <summary>Comma-separated values as RFC 4180 has them, with <c>#</c> lines as comments.</summary>
internal static class CsvLines
{
    /// <summary>The fields of each line that is neither empty nor a comment, with its number from 1.</summary>
    public static IEnumerable<(int Line, IReadOnlyList<string> Fields)> Read(string text)
    {
        var (fields, field, line, quoted, begun) = (new List<string>(), new StringBuilder(), 1, false, 1);
        for (var i = text.StartsWith('\uFEFF') ? 1 : 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : '\n';
            if (quoted && i < text.Length)
            {
                if (c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                    field.Append(text[i++]);
                else if (c == '"')
                    quoted = false;
                else
                    field.Append(c);
                if (c == '\n')
                    line++;
            }
            else if (c == '"' && field.Length == 0)
            {
                quoted = true;
            }
            else if (c == ',')
            {
                Take();
            }
            else if (c == '\n')
            {
                Take();
                if (!(fields is [""] || fields[0].StartsWith('#')))
                    yield return (begun, fields);
                (fields, begun) = ([], ++line);
            }
            else if (c != '\r')
            {
                field.Append(c);
            }
        }

        void Take()
        {
            fields.Add(field.ToString().Trim());
            field.Clear();
        }
    }
}
