using System.Text;
using InferenceMeter.Comparison;

namespace InferenceMeter.Reports;

/// <summary>A comparison as Markdown with a table of GitHub's kind.</summary>
internal static class MarkdownReport
{
    public static string Write(RunComparison comparison)
    {
        var text = new StringBuilder();
        text.AppendLine("# Cost of a billion images").AppendLine();
        var columns = ReportTable.Columns(comparison);
        text.AppendLine($"| run | {string.Join(" | ", columns.Select(column => column.Name))} |");
        text.AppendLine($"| --- | {string.Join(" | ", columns.Select(column => column.IsNumber ? "---:" : "---"))} |");
        foreach (var row in comparison.Rows)
        {
            var cells = ReportTable.Cells(row).Take(columns.Count).Prepend(row.Run.Label);
            text.AppendLine($"| {string.Join(" | ", cells.Select(Escape))} |");
        }

        text.AppendLine()
            .AppendLine($"Sorted by $/billion on the basis {comparison.Basis}; intervals are 95 %.")
            .AppendLine();
        foreach (var line in ReportTable.Differences(comparison))
            text.AppendLine($"- {Escape(line)}");
        foreach (var row in comparison.Rows)
        {
            foreach (var notice in ReportTable.Notices(row.Run))
                text.AppendLine($"- {Escape($"{row.Run.Label}: {notice}")}");
        }

        if (comparison.Attribution is not { } attribution)
            return text.ToString();
        text.AppendLine()
            .AppendLine(
                $"## Why {Escape(attribution.B)} costs {ReportTable.Times(attribution.Whole)} {Escape(attribution.A)}"
            )
            .AppendLine();
        text.AppendLine("| factor | ratio | |").AppendLine("| --- | ---: | --- |");
        foreach (var (name, ratio, says) in ReportTable.Factors(attribution))
            text.AppendLine($"| {name} | {ratio} | {Escape(says)} |");
        return text.ToString();
    }

    // Text from files must not become markup, links or further columns.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var c in text.ReplaceLineEndings(" "))
        {
            if (c is '|' or '<' or '>' or '[' or ']' or '`' or '*' or '_' or '\\')
                escaped.Append('\\');
            escaped.Append(c);
        }

        return escaped.ToString();
    }
}
