using System.Globalization;
using CsvHelper;
using InferenceMeter.Comparison;

namespace InferenceMeter.Reports;

/// <summary>A comparison as CSV (RFC 4180): plain numbers, a line a run.</summary>
internal static class CsvReport
{
    private static readonly CsvWriterOptions Options = new() { TrueValue = "true", FalseValue = "false" };

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
        "source",
        "fetch_usd_per_billion",
        "requests_per_billion",
        "bytes_per_billion",
    ];

    public static string Write(RunComparison comparison)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, Options, leaveOpen: true))
        {
            csv.WriteHeader(Header);
            foreach (var row in comparison.Rows)
            {
                Write(csv, row);
                csv.EndRecord();
            }
        }

        return text.ToString();
    }

    private static void Write(CsvWriter csv, ComparedRow row)
    {
        var run = row.Run;
        var wall = run.Costs.GetValueOrDefault("wall");
        csv.WriteField(Text(run.Label));
        csv.WriteField(Text(run.Machine));
        csv.WriteField(Text(run.Provider));
        csv.WriteField(Text(run.Precision));
        csv.WriteField(run.BatchSize);
        csv.WriteField(run.ImagesPerSecond?.Value);
        csv.WriteField(run.ImagesPerSecond?.Low);
        csv.WriteField(run.ImagesPerSecond?.High);
        csv.WriteField(wall?.Value);
        csv.WriteField(wall?.Low);
        csv.WriteField(wall?.High);
        csv.WriteField(run.Costs.GetValueOrDefault("busy")?.Value);
        csv.WriteField(run.Costs.GetValueOrDefault("capacity")?.Value);
        csv.WriteField(wall?.UsdPerHour);
        csv.WriteField(Text(run.Price));
        csv.WriteField(run.JoulesPerImage);
        csv.WriteField(run.P99Seconds);
        csv.WriteField(Text(run.Model));
        csv.WriteField(Text(run.Scope));
        csv.WriteField(Text(run.Weights));
        csv.WriteField(Text(run.AccuracyCheck));
        csv.WriteField(Text(run.VerdictLabel));
        csv.WriteField(row.ToCheapest?.Ratio);
        csv.WriteField(row.ToCheapest?.LargerThanNoise);
        csv.WriteField(run.FinishedAt);
        csv.WriteField(Text(string.Join("; ", ReportTable.Notices(run))));
        csv.WriteField(Text(run.Fetch?.Source ?? ""));
        csv.WriteField(run.Fetch?.Usd);
        csv.WriteField(run.Fetch?.Requests);
        csv.WriteField(run.Fetch?.Bytes);
    }

    /// <summary>A spreadsheet takes what begins so for a formula, and these texts are from files.</summary>
    private static string Text(string text) => text is ['=' or '+' or '-' or '@', ..] ? $"'{text}" : text;
}
