using System.Xml.Linq;
using InferenceMeter.Comparison;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Reports;

/// <summary>
/// A comparison as one HTML file: no script, nothing loaded from elsewhere; light, dark, narrow and on paper.
/// </summary>
internal static class HtmlReport
{
    /// <summary>
    /// Hardware, provider, precision and batch stand under the run's name: a table of all columns is too wide for a
    /// page.
    /// </summary>
    private const int Named = 4;

    private static readonly string Style = ReadStyle();

    public static string Write(RunComparison comparison, Reference anchor)
    {
        var hasCosts = comparison.Rows.Any(row => row.Cost is not null);
        var page = new XElement(
            "html",
            new XAttribute("lang", "en"),
            new XElement(
                "head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement(
                    "meta",
                    new XAttribute("name", "viewport"),
                    new XAttribute("content", "width=device-width, initial-scale=1")
                ),
                new XElement("title", "Cost of a billion images"),
                new XElement("style", Style)
            ),
            new XElement(
                "body",
                new XElement(
                    "main",
                    new XElement(
                        "header",
                        new XElement("p", new XAttribute("class", "kicker"), "InferenceMeter"),
                        new XElement("h1", "What a billion images cost"),
                        new XElement("p", new XAttribute("class", "lead"), string.Join(' ', Cheapest(comparison)))
                    ),
                    Table(comparison),
                    Notices(comparison),
                    Attribution(comparison.Attribution),
                    Figure(
                        "Cost by run",
                        "USD per billion images with 95 % intervals. Hollow discs are INVALID runs; "
                            + "diamonds are dated references, hollow and with a star where no run has their "
                            + "model and scope: they are another thing.",
                        !hasCosts ? null : CostPlot.Draw(comparison)
                    ),
                    Figure(
                        "Throughput against latency",
                        "Higher and further left is better.",
                        LatencyPlot.Draw(comparison)
                    ),
                    OfOthers(),
                    Figure(
                        "Cost since 2017",
                        "References have scope model and, but for those named otherwise, ResNet-50; "
                            + $"ranges are of prices on file. Trend lines start at {anchor.Label}. ARK's $0.03 "
                            + $"of 2019 is {ReferenceCatalog.Default.Find("ark-2019")?.Status}.",
                        TimePlot.Draw(comparison, anchor)
                    ),
                    new XElement(
                        "footer",
                        new XElement(
                            "p",
                            $"Written by InferenceMeter {BuildInfo.Version}. usd_per_billion_images = "
                                + "usd_per_hour / 3600 / images_per_second x 1e9"
                        )
                    )
                )
            )
        );
        // An element without content is written as <ul />, which HTML reads as the beginning of one.
        foreach (
            var empty in page.Descendants()
                .Where(element =>
                    element.IsEmpty && element.Name.Namespace == XNamespace.None && element.Name != "meta"
                )
        )
            empty.Value = "";
        return $"<!doctype html>\n{page.ToString(SaveOptions.DisableFormatting)}\n";
    }

    private static string ReadStyle()
    {
        using var stream = typeof(HtmlReport).Assembly.GetManifestResourceStream("Reports/HtmlReport.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>The cheapest of each kind of work, a sentence each.</summary>
    private static IEnumerable<string> Cheapest(RunComparison comparison)
    {
        var works = comparison
            .Rows.Where(row => row.Run.RunsModel)
            .GroupBy(row => (row.Run.Model, row.Run.Scope))
            .Select(work =>
                (
                    Work: work.Key,
                    Runs: work.Count(),
                    Best: work.FirstOrDefault(row => row is { Cost: not null, Run.Valid: true })
                        ?? work.FirstOrDefault(row => row.Cost is not null)
                )
            )
            .Where(work => work.Best is not null)
            .ToArray();
        if (works.Length == 0)
            yield return "No run has a cost.";
        foreach (var (work, runs, best) in works)
        {
            var cost =
                $"{Figures.Usd((decimal)best!.Cost!.Value)} on the basis "
                + $"{comparison.Basis}{(best.Run.Valid ? "" : $" ({best.Run.VerdictLabel})")}";
            var of = works.Length > 1 ? $" of {work.Model}, {work.Scope}" : "";
            yield return runs == 1
                ? $"{best.Run.Label}{of}: {cost}."
                : $"{best.Run.Label} is the cheapest of {runs} runs{of}: {cost}.";
        }
    }

    private static XElement Table(RunComparison comparison) =>
        new(
            "section",
            new XElement(
                "div",
                new XAttribute("class", "scroll"),
                new XElement(
                    "table",
                    new XElement(
                        "caption",
                        $"Sorted by USD per billion images on the basis {comparison.Basis}; intervals are 95 %."
                    ),
                    new XElement(
                        "thead",
                        new XElement(
                            "tr",
                            new XElement("th", new XAttribute("scope", "col"), "run"),
                            ReportTable
                                .Columns(comparison)
                                .Skip(Named)
                                .Select(column => new XElement(
                                    "th",
                                    new XAttribute("scope", "col"),
                                    Number(column.IsNumber),
                                    column.Name
                                ))
                        )
                    ),
                    new XElement(
                        "tbody",
                        comparison.Rows.Select(row => new XElement(
                            "tr",
                            row.Run.Valid ? null : new XAttribute("class", "invalid"),
                            new XElement(
                                "th",
                                new XAttribute("scope", "row"),
                                row.Run.Label,
                                new XElement(
                                    "small",
                                    string.Join(
                                        " \u00b7 ",
                                        ReportTable.Cells(row).Take(Named - 1).Append($"batch {row.Run.BatchSize}")
                                    )
                                )
                            ),
                            ReportTable
                                .Columns(comparison)
                                .Zip(ReportTable.Cells(row))
                                .Skip(Named)
                                .Select(cell => new XElement(
                                    "td",
                                    Number(cell.First.IsNumber),
                                    Mark(cell.First.Name, cell.Second)
                                ))
                        ))
                    )
                )
            ),
            new XElement(
                "ul",
                new XAttribute("class", "plain"),
                ReportTable.Differences(comparison).Select(line => new XElement("li", line))
            )
        );

    private static XElement? Notices(RunComparison comparison)
    {
        var notices = comparison
            .Rows.SelectMany(row => ReportTable.Notices(row.Run).Select(notice => (row.Run.Label, Notice: notice)))
            .ToArray();
        return notices.Length == 0
            ? null
            : new XElement(
                "section",
                new XAttribute("class", "notices"),
                new XElement("h2", "Before you quote these"),
                new XElement(
                    "dl",
                    notices
                        .GroupBy(notice => notice.Label, StringComparer.Ordinal)
                        .Select(run =>
                            new object[]
                            {
                                new XElement("dt", run.Key),
                                run.Select(notice => new XElement("dd", notice.Notice)),
                            }
                        )
                )
            );
    }

    private static XElement? Attribution(Attribution? attribution) =>
        attribution is null
            ? null
            : new XElement(
                "section",
                new XElement("h2", $"Why {attribution.B} costs {ReportTable.Times(attribution.Whole)} {attribution.A}"),
                new XElement(
                    "div",
                    new XAttribute("class", "scroll"),
                    new XElement(
                        "table",
                        new XAttribute("class", "factors"),
                        new XElement("caption", "The factors multiply to the cost ratio."),
                        new XElement(
                            "tbody",
                            ReportTable
                                .Factors(attribution)
                                .Select(factor => new XElement(
                                    "tr",
                                    factor.Name == "cost" ? new XAttribute("class", "sum") : null,
                                    new XElement("th", new XAttribute("scope", "row"), factor.Name),
                                    new XElement("td", Number(true), factor.Ratio),
                                    new XElement("td", factor.Says)
                                ))
                        )
                    )
                )
            );

    /// <summary>How others split the decline, beside the factors above.</summary>
    private static XElement OfOthers() =>
        new(
            "section",
            new XElement("h2", "Hardware, software and algorithms, as others split them"),
            new XElement(
                "div",
                new XAttribute("class", "scroll"),
                new XElement(
                    "table",
                    new XAttribute("class", "factors"),
                    new XElement(
                        "tbody",
                        ReferenceCatalog.Default.Improvements.Select(improvement => new XElement(
                            "tr",
                            new XElement("th", new XAttribute("scope", "row"), improvement.Cause),
                            new XElement("td", Number(true), $"{improvement.Factor:0.##} times"),
                            new XElement("td", improvement.What),
                            new XElement("td", improvement.Source)
                        ))
                    )
                )
            )
        );

    private static XElement? Figure(string heading, string caption, XElement? drawing) =>
        drawing is null
            ? null
            : new XElement(
                "section",
                new XElement("h2", heading),
                new XElement(
                    "figure",
                    new XElement("div", new XAttribute("class", "scroll"), drawing),
                    new XElement("figcaption", caption)
                )
            );

    private static XAttribute? Number(bool isNumber) => isNumber ? new XAttribute("class", "number") : null;

    private static object Mark(string column, string text) =>
        column == "verdict" && text != Verdict.Valid.Label() || text == "synthetic"
            ? new XElement("span", new XAttribute("class", "tag"), text)
            : text;
}
