using System.Xml.Linq;
using InferenceMeter.Tuning;

namespace InferenceMeter.Reports;

/// <summary>
/// Cost against p99 latency of all trials, both logarithmic, with the front: the configurations that none beats in
/// both.
/// </summary>
internal static class FrontPlot
{
    private const double Width = 960;
    private const double Height = 520;
    private const double Left = 110;
    private const double Right = 760;
    private const double Top = 40;
    private const double Bottom = 440;

    private const string Style = """
        svg { background: #fbfbf9; font-family: system-ui, sans-serif; }
        text { fill: #1b1d1f; font-size: 13px; }
        .tick, .axis { fill: #5d646b; font-size: 11px; }
        .grid { stroke: #e3e4e0; }
        .trial { fill: #6b7278; fill-opacity: .45; }
        .out { fill: none; stroke: #d55e00; stroke-dasharray: 3 2; }
        .front { fill: none; stroke: #0072b2; stroke-width: 1.5; }
        .best { fill: #0072b2; }
        .label { font-weight: 600; }
        .limit { stroke: #d55e00; stroke-dasharray: 6 5; }
        """;

    /// <summary>An SVG file.</summary>
    public static string Document(TuningResult result, Constraints constraints)
    {
        var trials = result.Trials.Where(trial => trial is { P99Seconds: > 0, UsdPerBillion: > 0 }).ToArray();
        var x = new LogAxis(trials.Select(trial => trial.P99Seconds!.Value * 1e3), Left, Right);
        var y = new LogAxis(trials.Select(trial => trial.UsdPerBillion!.Value), Bottom, Top);
        var content = new List<XElement> { new(XName.Get("style", "http://www.w3.org/2000/svg"), Style) };
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
            content.Add(Svg.Text(Left - 12, y.At(tick) + 4, CostPlot.Tick(tick), "tick", "end"));
        }

        content.Add(Svg.Text((Left + Right) / 2, Bottom + 44, "p99 latency", "axis", "middle"));
        content.Add(Svg.Text(Left - 12, Top - 14, "$ per billion images", "axis"));
        if (constraints.MaxP99Seconds is { } limit)
            content.Add(Svg.Line(x.At(limit * 1e3), Top, x.At(limit * 1e3), Bottom, "limit"));
        var front = Front(trials.Where(trial => constraints.Broken(trial) is null));
        if (front.Count > 1)
            content.Add(
                Svg.Path(
                    front.Select(trial => (x.At(trial.P99Seconds!.Value * 1e3), y.At(trial.UsdPerBillion!.Value))),
                    "front"
                )
            );
        var labels = new LabelSpace(15, 7.4);
        foreach (var trial in trials)
            labels.Keep(x.At(trial.P99Seconds!.Value * 1e3), y.At(trial.UsdPerBillion!.Value));
        foreach (var trial in trials)
        {
            var (px, py, best) = (
                x.At(trial.P99Seconds!.Value * 1e3),
                y.At(trial.UsdPerBillion!.Value),
                trial == result.Winner
            );
            content.Add(
                Svg.Disc(
                    px,
                    py,
                    best ? 7 : 4,
                    Class(isOut: constraints.Broken(trial) is not null, isBest: best),
                    $"{trial.Candidate}: {Figures.Usd((decimal)trial.UsdPerBillion.Value)} per billion, "
                        + $"p99 {trial.P99Seconds * 1e3:0.0} ms"
                )
            );
            if (best || trial.Candidate.IsDefault)
                content.Add(
                    Svg.Text(
                        px + 12,
                        labels.Take(px + 12, py + 4, trial.Candidate.ToString()),
                        best ? trial.Candidate.ToString() : "default",
                        "label"
                    )
                );
        }

        var drawing = Svg.Drawing(
            "front",
            Width,
            Height,
            "Cost against p99 latency",
            $"{trials.Length} configurations, {front.Count} on the front; both axes logarithmic, lower and "
                + "further left is better.",
            [.. content]
        );
        return $"{drawing.ToString(SaveOptions.DisableFormatting)}\n";
    }

    /// <summary>Those that no other is cheaper and quicker than, from the quickest on.</summary>
    public static IReadOnlyList<Trial> Front(IEnumerable<Trial> trials)
    {
        var front = new List<Trial>();
        foreach (var trial in trials.OrderBy(trial => trial.P99Seconds).ThenBy(trial => trial.UsdPerBillion))
        {
            if (front.Count == 0 || trial.UsdPerBillion < front[^1].UsdPerBillion)
                front.Add(trial);
        }

        return front;
    }

    /// <summary>How a trial is drawn.</summary>
    private static string Class(bool isOut, bool isBest)
    {
        if (isOut)
            return "out";
        return isBest ? "best" : "trial";
    }
}
