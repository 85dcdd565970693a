using System.Xml.Linq;
using InferenceMeter.Documents;
using InferenceMeter.Metering;

namespace InferenceMeter.Reports;

/// <summary>
/// p99 latency against throughput of the runs of a sweep, a line for each batch size, both logarithmic; the cost that
/// goes with a throughput above.
/// </summary>
internal static class SweepPlot
{
    private const double Width = 960;
    private const double Height = 540;
    private const double Left = 110;
    private const double Right = 760;
    private const double Top = 70;
    private const double Bottom = 450;

    private const string Style = """
        svg { background: #fbfbf9; font-family: system-ui, sans-serif; }
        text { fill: #1b1d1f; font-size: 13px; }
        .tick, .axis { fill: #5d646b; font-size: 11px; }
        .grid { stroke: #e3e4e0; }
        .valid { fill: #0072b2; }
        .invalid { fill: none; stroke: #d55e00; stroke-dasharray: 3 2; }
        .line { fill: none; stroke: #0072b2; stroke-opacity: .5; stroke-width: 1.5; }
        .label { font-weight: 600; }
        .limit { stroke: #d55e00; stroke-dasharray: 6 5; }
        """;

    /// <summary>An SVG file.</summary>
    public static string Document(IReadOnlyList<LoadDocument> runs)
    {
        var shown = runs.Where(run => run is { LatencySeconds.P99: > 0, ImagesPerSecond: > 0 }).ToArray();
        var x = new LogAxis(shown.Select(run => run.ImagesPerSecond), Left, Right);
        var y = new LogAxis(shown.Select(run => run.LatencySeconds!.P99 * 1e3), Bottom, Top);
        var content = new List<XElement> { new(XName.Get("style", "http://www.w3.org/2000/svg"), Style) };
        foreach (var tick in x.Ticks)
        {
            content.Add(Svg.Line(x.At(tick), Top, x.At(tick), Bottom, "grid"));
            content.Add(Svg.Text(x.At(tick), Bottom + 20, $"{tick:#,0.##}", "tick", "middle"));
            if (shown.FirstOrDefault(run => run.UsdPerHour is not null)?.UsdPerHour is { } price)
                content.Add(
                    Svg.Text(x.At(tick), Top - 10, CostPlot.Tick((double)price / 3600 / tick * 1e9), "tick", "middle")
                );
        }

        foreach (var tick in y.Ticks)
        {
            content.Add(Svg.Line(Left, y.At(tick), Right, y.At(tick), "grid"));
            content.Add(
                Svg.Text(
                    Left - 12,
                    y.At(tick) + 4,
                    tick >= 1000 ? $"{tick / 1000:#,0} s" : $"{tick:0.###} ms",
                    "tick",
                    "end"
                )
            );
        }

        content.Add(Svg.Text((Left + Right) / 2, Bottom + 44, "images/s", "axis", "middle"));
        content.Add(Svg.Text((Left + Right) / 2, Top - 34, "$ per billion images", "axis", "middle"));
        content.Add(Svg.Text(Left - 12, Top - 10, "p99 latency", "axis", "end"));
        if (shown.FirstOrDefault()?.BoundSeconds is { } bound)
            content.Add(Svg.Line(Left, y.At(bound * 1e3), Right, y.At(bound * 1e3), "limit"));
        var labels = new LabelSpace(15, 7.4);
        foreach (var run in shown)
            labels.Keep(x.At(run.ImagesPerSecond), y.At(run.LatencySeconds!.P99 * 1e3));
        foreach (var batch in shown.GroupBy(run => run.Batch))
        {
            var points = batch
                .OrderBy(run => run.Rate ?? run.Concurrency)
                .Select(run => (X: x.At(run.ImagesPerSecond), Y: y.At(run.LatencySeconds!.P99 * 1e3), Run: run))
                .ToArray();
            if (points.Length > 1)
                content.Add(Svg.Path(points.Select(point => (point.X, point.Y)), "line"));
            foreach (var (px, py, run) in points)
                content.Add(
                    Svg.Disc(
                        px,
                        py,
                        5,
                        run.Verdict == Verdict.Valid.Label() ? "valid" : "invalid",
                        $"{SweepLabel.Of(run)}: {Figures.Rate(run.ImagesPerSecond)} images/s, p99 "
                            + $"{run.LatencySeconds!.P99 * 1e3:#,0.0} ms, {run.Verdict}"
                    )
                );
            var last = points[^1];
            if (batch.Key is { } images)
                content.Add(
                    Svg.Text(
                        last.X + 12,
                        labels.Take(last.X + 12, last.Y + 4, $"batch {images}"),
                        $"batch {images}",
                        "label"
                    )
                );
        }

        var drawing = Svg.Drawing(
            "sweep",
            Width,
            Height,
            "Latency against throughput",
            $"{shown.Length} runs; both axes logarithmic, lower and further right is better; hollow ones are INVALID.",
            [.. content]
        );
        return $"{drawing.ToString(SaveOptions.DisableFormatting)}\n";
    }
}
