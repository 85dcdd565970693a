using System.Xml.Linq;
using InferenceMeter.Comparison;
using InferenceMeter.Pricing;

namespace InferenceMeter.Reports;

/// <summary>
/// USD per billion images, a line a run, on a log axis; the dated references beneath, each drawn up through the runs.
/// </summary>
internal static class CostPlot
{
    private const double Width = 960;
    private const double Left = 330;
    private const double Right = 880;
    private const double Row = 40;
    private const double Top = 34;

    public static XElement Draw(RunComparison comparison)
    {
        var rows = comparison.Rows.Where(row => row.Cost is not null).ToArray();
        var references = ReferenceCatalog.Default.Priced.OrderBy(reference => reference.UsdPerBillion).ToArray();
        var axis = new LogAxis([.. rows.Select(row => row.Cost!.Value), .. references.SelectMany(Ends)], Left, Right);
        var (runsEnd, bottom) = (Top + (rows.Length * Row), Top + (rows.Length * Row) + 26 + (references.Length * 22));
        var content = new List<XElement>();
        foreach (var tick in axis.Ticks)
        {
            content.Add(Svg.Line(axis.At(tick), Top - 8, axis.At(tick), bottom, "grid"));
            content.Add(Svg.Text(axis.At(tick), Top - 14, Tick(tick), "tick", "middle"));
        }

        for (var i = 0; i < references.Length; i++)
        {
            var (reference, x, y) = (
                references[i],
                axis.At((double)references[i].UsdPerBillion!.Value),
                runsEnd + 34 + (i * 22)
            );
            content.Add(Svg.Line(x, Top - 4, x, y, reference.Reproduced ? "reference" : "reference claimed"));
            var unlike = IsUnlike(reference, rows);
            content.Add(
                Svg.Text(Left - 14, y + 4, $"{Short(reference.Label, 46)}{(unlike ? " *" : "")}", "small", "end")
            );
            var right = Ends(reference).Max(axis.At);
            if (reference.Prices is not null)
                content.Add(Svg.Line(Ends(reference).Min(axis.At), y, right, y, "range"));
            content.Add(Svg.Diamond(x, y, 5, Style(reference, unlike), Title(reference)));
            content.Add(Svg.Text(right + 10, y + 4, Figures.Reference(reference), "small"));
        }

        content.Add(Svg.Line(20, runsEnd + 12, Right + 60, runsEnd + 12, "rule"));
        for (var i = 0; i < rows.Length; i++)
            content.AddRange(Run(rows[i], axis, Top + (i * Row) + 18));
        return Svg.Drawing(
            "cost",
            Width,
            bottom + 12,
            "Cost of a billion images, US dollars, on a logarithmic axis",
            $"{rows.Length} runs from {Usd(rows.Min(row => row.Cost?.Value))} to "
                + $"{Usd(rows.Max(row => row.Cost?.Value))}, basis {comparison.Basis}, and {references.Length} "
                + "dated reference costs.",
            content
        );
    }

    /// <summary>A reference that no run here has the model and the scope of.</summary>
    public static bool IsUnlike(Reference reference, IEnumerable<ComparedRow> rows) =>
        !rows.Any(row => row.Run.RunsModel && ComparedMachine.IsLike(reference, row.Run.Model, row.Run.Scope));

    /// <summary>Classes of its mark.</summary>
    public static string Style(Reference reference, bool unlike) =>
        $"known{(reference.Reproduced ? "" : " claimed")}{(unlike ? " unlike" : "")}";

    /// <summary>Whole sentences: figure, model, scope, source and status of a reference.</summary>
    public static string Title(Reference reference) =>
        $"{reference.Label}: {Figures.Reference(reference)} per billion, {reference.Model}, scope "
        + $"{reference.Scope}. {reference.Source}"
        + (reference.Status is null ? "" : $". {reference.Status}");

    /// <summary>What an axis must reach of a reference: its cost and, of a range, both ends.</summary>
    public static IEnumerable<double> Ends(Reference reference) =>
        new[] { reference.UsdPerBillion, reference.UsdPerBillionLow, reference.UsdPerBillionHigh }
            .OfType<decimal>()
            .Select(usd => (double)usd);

    private static IEnumerable<XElement> Run(ComparedRow row, LogAxis axis, double y)
    {
        var cost = row.Cost!;
        yield return Svg.Text(Left - 14, y - 2, Short(row.Run.Label, 40), "label", "end");
        yield return Svg.Text(
            Left - 14,
            y + 13,
            Short(
                $"{row.Run.Machine}, {row.Run.Precision}"
                    + (row.Run.Weights == "synthetic" ? ", synthetic" : "")
                    + (row.Run.Valid ? "" : $", {row.Run.VerdictLabel}"),
                52
            ),
            "small",
            "end"
        );
        if (cost.Low > 0)
            yield return Svg.Line(axis.At(cost.Low), y, axis.At(cost.High ?? double.MaxValue), y, "interval");
        yield return Svg.Disc(
            axis.At(cost.Value),
            y,
            6,
            row.Run.Valid ? "run" : "run invalid",
            $"{row.Run.Label}: {Usd(cost.Value)} per billion ({Usd(cost.Low)} to "
                + $"{(cost.High is { } high ? Usd(high) : "unbounded")}), {row.Run.VerdictLabel}"
        );
        yield return Svg.Text(
            axis.At(cost.High ?? (cost.Low > 0 ? double.MaxValue : cost.Value)) + 11,
            y + 4,
            Usd(cost.Value),
            "figure"
        );
    }

    /// <summary>A power of ten in dollars: <c>$0.01</c>, <c>$10</c>, <c>$10k</c>.</summary>
    public static string Tick(double usd) =>
        usd switch
        {
            >= 1000 => $"${usd / 1000:#,0}k",
            >= 1 => $"${usd:0}",
            _ => $"${usd:0.######}",
        };

    public static string Short(string text, int most) => text.Length <= most ? text : $"{text[..(most - 1)]}\u2026";

    private static string Usd(double? usd) =>
        usd is { } known && known < 1e15 ? Figures.Usd((decimal)known) : "no cost";
}
