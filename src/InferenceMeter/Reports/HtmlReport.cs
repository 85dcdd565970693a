using System.Xml.Linq;
using InferenceMeter.Comparison;
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
                + $"{comparison.Basis}{(best.Run.Valid ? "" : $" ({best.Run.Verdict})")}";
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
                                .Columns.Skip(Named)
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
                                .Columns.Zip(ReportTable.Cells(row))
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
        column == "verdict" && text != "VALID" || text == "synthetic"
            ? new XElement("span", new XAttribute("class", "tag"), text)
            : text;

    // Okabe and Ito's blue and vermilion: told apart by every kind of colour vision.
    private const string Style = """
        :root { color-scheme: light dark; --page: #fbfbf9; --card: #fff; --ink: #1b1d1f; --soft: #5d646b; --line: #e3e4e0; --run: #0072b2; --known: #6b7278; --claim: #d55e00; --band: #f1f2ee; }
        @media (prefers-color-scheme: dark) { :root { --page: #131517; --card: #1a1d20; --ink: #e8e9e6; --soft: #9aa2a9; --line: #2d3237; --run: #56b4e9; --known: #8d959c; --claim: #f0883e; --band: #22262a; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 1200px; margin: 0 auto; padding: 56px 24px 72px; }
        .kicker { margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .08em; text-transform: uppercase; }
        h1 { margin: 4px 0 8px; font-size: 38px; line-height: 1.15; font-weight: 650; letter-spacing: -.02em; }
        h2 { margin: 0 0 14px; font-size: 20px; font-weight: 620; letter-spacing: -.01em; }
        .lead { margin: 0; font-size: 18px; color: var(--soft); max-width: 62ch; }
        section { margin-top: 40px; padding: 24px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
        .scroll { overflow-x: auto; }
        table { width: 100%; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
        caption { text-align: left; color: var(--soft); font-size: 13px; padding-bottom: 10px; }
        th, td { padding: 9px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
        thead th { color: var(--soft); font-weight: 550; white-space: nowrap; }
        tbody th { min-width: 172px; }
        th small { display: block; margin-top: 2px; font-weight: 400; color: var(--soft); }
        tbody tr:last-child th, tbody tr:last-child td { border-bottom: 0; }
        .number { text-align: right; white-space: nowrap; }
        tr.invalid td, tr.invalid th { color: var(--soft); }
        tr.sum th, tr.sum td { border-top: 2px solid var(--ink); font-weight: 620; }
        .tag { padding: 1px 7px; border: 1px solid var(--claim); border-radius: 99px; color: var(--claim); font-size: 12px; white-space: nowrap; }
        .plain { margin: 16px 0 0; padding: 0; list-style: none; color: var(--soft); font-size: 14px; }
        .notices { background: var(--band); }
        dl { margin: 0; font-size: 14px; } dt { font-weight: 620; margin-top: 10px; } dd { margin: 2px 0 0; color: var(--soft); }
        figure { margin: 0; } figcaption { margin-top: 10px; color: var(--soft); font-size: 14px; max-width: 80ch; }
        svg { display: block; width: 100%; min-width: 720px; height: auto; font-family: inherit; }
        svg text { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums; }
        svg .small, svg .tick { fill: var(--soft); font-size: 11px; } svg .axis { fill: var(--soft); font-size: 12px; } svg .label { font-weight: 600; } svg .figure { font-weight: 650; }
        svg .grid { stroke: var(--line); } svg .rule { stroke: var(--soft); stroke-opacity: .5; }
        svg .reference { stroke: var(--known); stroke-opacity: .35; stroke-dasharray: 2 4; } svg .reference.claimed { stroke: var(--claim); }
        svg .known { fill: var(--known); } svg .known.claimed { fill: none; stroke: var(--claim); stroke-width: 1.5; }
        svg .known.unlike { fill: none; stroke: var(--known); stroke-width: 1.5; } svg .known.claimed.unlike { stroke: var(--claim); }
        svg .range { stroke: var(--known); stroke-width: 2; }
        svg .run { fill: var(--run); stroke: var(--run); stroke-width: 2; } svg .run.invalid { fill: var(--card); stroke-dasharray: 3 2; }
        svg .interval { stroke: var(--run); stroke-width: 3; stroke-opacity: .45; stroke-linecap: round; }
        svg .trend { stroke: var(--known); stroke-width: 1.5; stroke-dasharray: 6 5; }
        footer { margin-top: 36px; color: var(--soft); font-size: 13px; }
        @media (max-width: 640px) { main { padding: 32px 14px 48px; } h1 { font-size: 29px; } section { padding: 16px 14px; margin-top: 24px; } }
        @media print { body { background: #fff; } section { break-inside: avoid; } .scroll { overflow: visible; } svg { min-width: 0; } table { font-size: 10px; } th, td { padding: 4px 5px; } }
        """;
}
