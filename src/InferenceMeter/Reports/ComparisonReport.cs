using InferenceMeter.Commands;
using InferenceMeter.Comparison;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using Spectre.Console;

namespace InferenceMeter.Reports;

/// <summary>A comparison in any of its forms.</summary>
internal static class ComparisonReport
{
    private const int PlainWidth = 160;

    public static IReadOnlyList<string> Formats { get; } = ["text", "markdown", "csv", "json", "html"];

    public static IReadOnlyList<string> Bases { get; } = [.. Enum.GetValues<Basis>().Select(basis => basis.Label())];

    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="anchor">Where the trend lines of the HTML report start.</param>
    public static string Render(string format, RunComparison comparison, Reference anchor) =>
        format switch
        {
            "markdown" => MarkdownReport.Write(comparison),
            "csv" => CsvReport.Write(comparison),
            "json" => JsonFile.Text(ComparisonDocument.From(comparison)),
            "html" => HtmlReport.Write(comparison, anchor),
            _ => Plain(comparison),
        };

    public static string MediaType(string format) =>
        format switch
        {
            "markdown" => "text/markdown; charset=utf-8",
            "csv" => "text/csv; charset=utf-8",
            "json" => "application/json; charset=utf-8",
            "html" => "text/html; charset=utf-8",
            _ => "text/plain; charset=utf-8",
        };

    private static string Plain(RunComparison comparison)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = AnsiSupport.No,
                ColorSystem = ColorSystemSupport.NoColors,
                Out = new AnsiConsoleOutput(text),
            }
        );
        console.Profile.Width = PlainWidth;
        TextReport.Write(console, comparison);
        return text.ToString();
    }
}
