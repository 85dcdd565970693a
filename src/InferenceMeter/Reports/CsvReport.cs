using System.Globalization;
using System.Text;
using InferenceMeter.Comparison;

namespace InferenceMeter.Reports;

/// <summary>A comparison as CSV (RFC 4180): plain numbers, a line a run.</summary>
internal static class CsvReport
{
    private static readonly string[] Header =
    [
        "run",
        "hardware",
        "provider",
        "precision",
        "batch",
        "images_per_second",
        "images_per_second_low",
        "images_per_second_high",
        "usd_per_billion_wall",
        "wall_low",
        "wall_high",
        "usd_per_billion_busy",
        "usd_per_billion_capacity",
        "usd_per_hour",
        "price",
        "joules_per_image",
        "p99_seconds",
        "model",
        "scope",
        "weights",
        "accuracy_check",
        "verdict",
        "to_cheapest",
        "larger_than_noise",
        "finished_at",
        "notices",
    ];

    public static string Write(RunComparison comparison)
    {
        var text = new StringBuilder();
        text.Append(string.Join(',', Header)).Append("\r\n");
        foreach (var row in comparison.Rows)
        {
            var (run, wall) = (row.Run, row.Run.Costs.GetValueOrDefault("wall"));
            text.Append(
                    string.Join(
                        ',',
                        [
                            Text(run.Label),
                            Text(run.Machine),
                            Text(run.Provider),
                            Text(run.Precision),
                            Number(run.BatchSize),
                            Number(run.ImagesPerSecond?.Value),
                            Number(run.ImagesPerSecond?.Low),
                            Number(run.ImagesPerSecond?.High),
                            Number(wall?.Value),
                            Number(wall?.Low),
                            Number(wall?.High),
                            Number(run.Costs.GetValueOrDefault("busy")?.Value),
                            Number(run.Costs.GetValueOrDefault("capacity")?.Value),
                            Number(wall?.UsdPerHour),
                            Text(run.Price),
                            Number(run.JoulesPerImage),
                            Number(run.P99Seconds),
                            Text(run.Model),
                            Text(run.Scope),
                            Text(run.Weights),
                            Text(run.AccuracyCheck),
                            Text(run.Verdict),
                            Number(row.ToCheapest?.Ratio),
                            Text(row.ToCheapest?.LargerThanNoise),
                            run.FinishedAt?.ToString("O", CultureInfo.InvariantCulture) ?? "",
                            Text(string.Join("; ", ReportTable.Notices(run))),
                        ]
                    )
                )
                .Append("\r\n");
        }

        return text.ToString();
    }

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    private static string Text(bool? value) =>
        value switch
        {
            true => "true",
            false => "false",
            null => "",
        };

    private static string Text(string text)
    {
        // A spreadsheet takes what begins so for a formula, and these texts are from files.
        var safe = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' ? $"'{text}" : text;
        return safe.AsSpan().IndexOfAny(",\"\r\n") < 0
            ? safe
            : $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
