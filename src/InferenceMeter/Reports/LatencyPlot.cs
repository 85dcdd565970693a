using System.Xml.Linq;
using InferenceMeter.Comparison;

namespace InferenceMeter.Reports;

/// <summary>Throughput against p99 latency, both logarithmic, a point a run: up and to the left is better.</summary>
internal static class LatencyPlot
{
    private const double Width = 960;
    private const double Height = 420;
    private const double Left = 90;
    private const double Right = 760;
    private const double Top = 24;
    private const double Bottom = 350;

    /// <returns><see langword="null"/> when no run has both.</returns>
    public static XElement? Draw(RunComparison comparison)
    {
        var runs = comparison
            .Rows.Select(row => row.Run)
            .Where(run => run is { P99Seconds: > 0, ImagesPerSecond: not null })
            .ToArray();
        if (runs.Length == 0)
            return null;
        var x = new LogAxis(runs.Select(run => run.P99Seconds!.Value * 1e3), Left, Right);
        var y = new LogAxis(runs.Select(run => run.ImagesPerSecond!.Value.Value), Bottom, Top);
        var content = new List<XElement>();
        foreach (var tick in x.Ticks)
        {
            content.Add(Svg.Line(x.At(tick), Top, x.At(tick), Bottom, "grid"));
            content.Add(
                Svg.Text(
                    x.At(tick),
                    Bottom + 20,
                    tick >= 1000 ? $"{tick / 1000:#,0} s" : $"{tick:0.###} ms",
                    "tick",
                    "middle"
                )
            );
        }

        foreach (var tick in y.Ticks)
        {
            content.Add(Svg.Line(Left, y.At(tick), Right, y.At(tick), "grid"));
            content.Add(Svg.Text(Left - 12, y.At(tick) + 4, $"{tick:#,0.###}", "tick", "end"));
        }

        content.Add(Svg.Text((Left + Right) / 2, Bottom + 46, "p99 latency", "axis", "middle"));
        content.Add(Svg.Text(Left - 12, Top - 8, "images/s", "axis", "end"));
        var labels = new LabelSpace(15, 7.6);
        foreach (var run in runs)
            labels.Keep(x.At(run.P99Seconds!.Value * 1e3), y.At(run.ImagesPerSecond!.Value.Value));
        foreach (var run in runs.OrderByDescending(run => run.ImagesPerSecond!.Value.Value))
        {
            var (px, py) = (x.At(run.P99Seconds!.Value * 1e3), y.At(run.ImagesPerSecond!.Value.Value));
            content.Add(
                Svg.Disc(
                    px,
                    py,
                    6,
                    run.Valid ? "run" : "run invalid",
                    $"{run.Label}: {Figures.Rate(run.ImagesPerSecond!.Value.Value)} images/s, p99 "
                        + $"{run.P99Seconds * 1e3:0.0} ms, {run.Verdict}"
                )
            );
            content.Add(
                Svg.Text(
                    px + 12,
                    labels.Take(px + 12, py + 4, CostPlot.Short(run.Label, 30)),
                    CostPlot.Short(run.Label, 30),
                    "label"
                )
            );
        }

        return Svg.Drawing(
            "latency",
            Width,
            Height,
            "Throughput against p99 latency",
            $"{runs.Length} runs, both axes logarithmic; higher and further left is better.",
            content
        );
    }
}
