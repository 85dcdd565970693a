using System.Globalization;
using System.Text;
using InferenceMeter.Documents;

namespace InferenceMeter.Reports;

/// <summary>The runs of a sweep as CSV, a row per run.</summary>
internal static class SweepCsv
{
    /// <summary>Names and values; none of them needs quotes.</summary>
    private static readonly (string Name, Func<LoadDocument, object?> Value)[] Columns =
    [
        ("scenario", run => run.Scenario),
        ("rate", run => run.Rate),
        ("concurrency", run => run.Concurrency),
        ("batch", run => run.Batch),
        ("verdict", run => run.Verdict),
        ("images_per_second", run => Math.Round(run.ImagesPerSecond, 3)),
        ("queries", run => run.Queries),
        ("ok", run => run.Ok),
        ("rejected", run => run.Rejected),
        ("errors", run => run.Errors),
        ("late", run => run.Late),
        ("p50_seconds", run => run.LatencySeconds?.P50),
        ("p90_seconds", run => run.LatencySeconds?.P90),
        ("p99_seconds", run => run.LatencySeconds?.P99),
        ("p999_seconds", run => run.LatencySeconds?.P999),
        ("lag_p99_seconds", run => run.LagP99Seconds),
        ("usd_per_billion_images", run => run.UsdPerBillionImages),
    ];

    public static string Document(IEnumerable<LoadDocument> runs)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', Columns.Select(column => column.Name)).Append('\n');
        foreach (var run in runs)
            text.AppendJoin(',', Columns.Select(column => Text(column.Value(run)))).Append('\n');
        return text.ToString();
    }

    private static string? Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture);
}
