using InferenceMeter.Comparison;
using Spectre.Console;

namespace InferenceMeter.Reports;

/// <summary>A comparison on the terminal.</summary>
internal static class TextReport
{
    // Several tables of the same rows fit a terminal; one of all columns does not.
    private static readonly string[][] Tables =
    [
        ["hardware", "provider", "precision", "batch", "accuracy", "verdict"],
        ["images/s", "$/billion wall", "busy", "capacity", "J/image", "p99 ms", "to cheapest"],
        ["source", "fetch $/billion", "requests/billion", "TB/billion"],
    ];

    public static void Write(IAnsiConsole console, RunComparison comparison)
    {
        foreach (var columns in Tables.Where(table => HasColumns(comparison, table)))
            console.Write(Table(comparison, columns));
        console.WriteLine($"sorted by $/billion on the basis {comparison.Basis}; intervals are 95 %");
        foreach (var line in ReportTable.Differences(comparison))
            console.WriteLine($"  {line}");
        foreach (var row in comparison.Rows)
        {
            foreach (var notice in ReportTable.Notices(row.Run))
                console.WriteLine($"  {row.Run.Label}: {notice}");
        }

        if (comparison.Attribution is not { } attribution)
            return;
        console.WriteLine();
        console.WriteLine($"why {attribution.B} costs {ReportTable.Times(attribution.Whole)} {attribution.A}");
        foreach (var (name, ratio, says) in ReportTable.Factors(attribution))
        {
            // What cannot be told apart has a long name: its line goes on below.
            console.WriteLine(
                name.Length <= 14 ? $"  {name, -14} {ratio, -26} {says}" : $"  {name}\n  {"", -14} {ratio, -26} {says}"
            );
        }
    }

    private static bool HasColumns(RunComparison comparison, string[] table) =>
        ReportTable.Columns(comparison).Any(column => column.Name == table[0]);

    private static Table Table(RunComparison comparison, string[] names)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("run").Padding(1, 0));
        var columns = ReportTable.Columns(comparison);
        var indices = names.Select(name => columns.Select(column => column.Name).ToList().IndexOf(name)).ToArray();
        foreach (var index in indices)
        {
            var (name, isNumber) = columns[index];
            table.AddColumn(
                isNumber
                    ? new TableColumn(name).Padding(1, 0).RightAligned().NoWrap()
                    : new TableColumn(name).Padding(1, 0)
            );
        }

        foreach (var row in comparison.Rows)
        {
            var cells = ReportTable.Cells(row);
            table.AddRow(indices.Select(index => new Text(cells[index])).Prepend(new Text(row.Run.Label)));
        }

        return table;
    }
}
