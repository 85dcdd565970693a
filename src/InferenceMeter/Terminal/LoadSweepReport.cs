using InferenceMeter.Documents;
using InferenceMeter.Reports;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>The runs of a sweep: a line for each as it ends, and all of them in a table.</summary>
internal static class LoadSweepReport
{
    public static string Line(LoadDocument run)
    {
        var reason = run.Reasons.Count > 0 ? $": {run.Reasons[0]}" : "";
        return $"{SweepLabel.Of(run)}: {Figures.Rate(run.ImagesPerSecond)} images/s, p99 "
            + $"{run.LatencySeconds?.P99 * 1e3:#,0.0} ms, {run.Verdict}{reason}";
    }

    public static Table Table(IEnumerable<LoadDocument> runs)
    {
        var table = new Table()
            .Border(TableBorder.Simple)
            .AddColumns("load", "batch", "images/s", "p50 ms", "p99 ms", "turned away", "$/billion", "verdict");
        foreach (var column in Enumerable.Range(1, 6))
            table.Columns[column].RightAligned();
        foreach (var run in runs)
        {
            table.AddRow(
                SweepLabel.Load(run),
                $"{run.Batch}",
                Figures.Rate(run.ImagesPerSecond),
                $"{run.LatencySeconds?.P50 * 1e3:#,0.0}",
                $"{run.LatencySeconds?.P99 * 1e3:#,0.0}",
                $"{run.Rejected:#,0}",
                run.UsdPerBillionImages is { } usd ? Figures.Usd(usd) : "-",
                run.Verdict
            );
        }

        return table;
    }
}
