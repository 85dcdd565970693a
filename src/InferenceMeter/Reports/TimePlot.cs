using System.Xml.Linq;
using InferenceMeter.Comparison;
using InferenceMeter.Pricing;

namespace InferenceMeter.Reports;

/// <summary>Cost against time since 2017: the dated references, the runs, and trend lines from an anchor.</summary>
internal static class TimePlot
{
    private const double Width = 960;
    private const double Height = 520;
    private const double Left = 80;
    private const double Right = 800;
    private const double Top = 24;
    private const double Bottom = 460;
    private const double FirstYear = 2016.8;

    /// <param name="anchor">Where the trend lines start.</param>
    public static XElement Draw(RunComparison comparison, Reference anchor)
    {
        var runs = comparison.Rows.Where(row => row is { Cost: not null, Run.FinishedAt: not null }).ToArray();
        var references = ReferenceCatalog.Default.Priced.ToArray();
        var lastYear = Math.Ceiling(
            runs.Select(row => TrendLine.DecimalYear(row.Run.FinishedAt!.Value))
                .Append(references.Max(reference => reference.CostYear))
                .Max() + 0.2
        );
        var y = new LogAxis(
            [.. runs.Select(row => row.Cost!.Value), .. references.SelectMany(CostPlot.Ends)],
            Bottom,
            Top
        );
        double X(double year) => Left + ((year - FirstYear) / (lastYear - FirstYear) * (Right - Left));
        var content = new List<XElement>();
        foreach (var tick in y.Ticks)
        {
            content.Add(Svg.Line(Left, y.At(tick), Right, y.At(tick), "grid"));
            content.Add(Svg.Text(Left - 12, y.At(tick) + 4, CostPlot.Tick(tick), "tick", "end"));
        }

        for (var year = 2017; year <= lastYear; year += lastYear > 2035 ? 10 : 1)
            content.Add(Svg.Text(X(year), Bottom + 22, $"{year}", "tick", "middle"));
        foreach (var trend in ReferenceCatalog.Default.Trends.Where(trend => trend.Axis == Trend.Inference))
        {
            // A line that leaves the drawing ends at its edge.
            var end = Enumerable
                .Range(0, 501)
                .Select(step => anchor.CostYear + ((lastYear - anchor.CostYear) * step / 500))
                .TakeWhile(year => y.Beyond(TrendLine.At(trend, anchor, year)) <= Bottom)
                .Last();
            var height = y.At(TrendLine.At(trend, anchor, end));
            content.Add(
                Svg.Line(X(anchor.CostYear), y.At((double)anchor.UsdPerBillion!.Value), X(end), height, "trend")
            );
            content.Add(
                end < lastYear
                    ? Svg.Text(X(end) + 6, height - 8, trend.Label, "small")
                    : Svg.Text(X(end) + 6, height + 4, Label(trend), "small")
            );
        }

        var labels = new LabelSpace(13, 6.2);
        foreach (var reference in references)
            labels.Keep(X(reference.CostYear), y.At((double)reference.UsdPerBillion!.Value));
        foreach (var row in runs)
            labels.Keep(X(TrendLine.DecimalYear(row.Run.FinishedAt!.Value)), y.At(row.Cost!.Value));
        foreach (var reference in references)
        {
            var (px, py) = (X(reference.CostYear), y.At((double)reference.UsdPerBillion!.Value));
            if (reference.Prices is not null)
                content.Add(
                    Svg.Line(
                        px,
                        y.At(CostPlot.Ends(reference).Min()),
                        px,
                        y.At(CostPlot.Ends(reference).Max()),
                        "range"
                    )
                );
            content.Add(
                Svg.Diamond(
                    px,
                    py,
                    5,
                    CostPlot.Style(reference, CostPlot.IsUnlike(reference, runs)),
                    CostPlot.Title(reference)
                )
            );
            var name = reference.Reproduced ? reference.Id : $"{reference.Id} (claimed, not reproduced)";
            content.Add(Svg.Text(px + 9, labels.Take(px + 9, py + 4, name), name, "small"));
        }

        foreach (var row in runs)
        {
            var (px, py) = (X(TrendLine.DecimalYear(row.Run.FinishedAt!.Value)), y.At(row.Cost!.Value));
            content.Add(
                Svg.Disc(
                    px,
                    py,
                    6,
                    row.Run.Valid ? "run" : "run invalid",
                    $"{row.Run.Label}: {Figures.Usd((decimal)row.Cost.Value)}, "
                        + $"{row.Run.FinishedAt:yyyy-MM-dd}, {row.Run.VerdictLabel}"
                )
            );
            var name = CostPlot.Short(row.Run.Label, 26);
            content.Add(
                Svg.Text(px - 11, labels.Take(px - 11 - (name.Length * 7.6), py + 4, name), name, "label", "end")
            );
        }

        return Svg.Drawing(
            "time",
            Width,
            Height,
            "Cost of a billion images since 2017",
            $"{references.Length} dated references, {runs.Length} runs, and trends from {anchor.Label}; "
                + "the cost axis is logarithmic.",
            content
        );
    }

    private static string Label(Trend trend) =>
        trend.Id switch
        {
            "moore" => "Moore's law",
            "openai-efficiency" => "OpenAI efficiency",
            _ => CostPlot.Short(trend.Label, 22),
        };
}
