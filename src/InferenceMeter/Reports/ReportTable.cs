using InferenceMeter.Comparison;

namespace InferenceMeter.Reports;

/// <summary>A comparison as words and figures: what the text, Markdown and HTML reports have in common.</summary>
internal static class ReportTable
{
    private static readonly IReadOnlyList<(string Name, bool IsNumber)> Always =
    [
        ("hardware", false),
        ("provider", false),
        ("precision", false),
        ("batch", true),
        ("images/s", true),
        ("$/billion wall", true),
        ("busy", true),
        ("capacity", true),
        ("J/image", true),
        ("p99 ms", true),
        ("accuracy", false),
        ("verdict", false),
        ("to cheapest", true),
    ];

    private static readonly IReadOnlyList<(string Name, bool IsNumber)> OfFetching =
    [
        ("source", false),
        ("fetch $/billion", true),
        ("requests/billion", true),
        ("TB/billion", true),
    ];

    /// <summary>
    /// The columns after the run's name; the ones that are numbers stand to the right. What reading images took is
    /// shown when a run read any.
    /// </summary>
    public static IReadOnlyList<(string Name, bool IsNumber)> Columns(RunComparison comparison) =>
        comparison.Rows.Any(row => row.Run.Fetch is not null) ? [.. Always, .. OfFetching] : Always;

    /// <summary>The cells of a row, in the order of all columns that there can be.</summary>
    public static IReadOnlyList<string> Cells(ComparedRow row) =>
        [
            row.Run.Machine,
            Provider(row.Run.Provider),
            row.Run.Precision,
            row.Run.BatchSize?.ToString() ?? "-",
            row.Run.ImagesPerSecond is { } rate
                ? $"{Figures.Rate(rate.Value)} ({Figures.Rate(rate.Low)}..{Figures.Rate(rate.High)})"
                : "-",
            Cost(row.Run, "wall"),
            Cost(row.Run, "busy"),
            Cost(row.Run, "capacity"),
            row.Run.JoulesPerImage is { } joules ? $"{joules:0.0000}" : "-",
            row.Run.P99Seconds is { } p99 ? $"{p99 * 1e3:0.0}" : "-",
            Accuracy(row.Run),
            row.Run.VerdictLabel,
            ToCheapest(row.ToCheapest),
            row.Run.Fetch?.Source ?? "-",
            row.Run.Fetch?.Usd is { } usd ? Figures.Usd((decimal)usd) : "-",
            row.Run.Fetch?.Requests is { } requests ? Figures.Compact(requests) : "-",
            row.Run.Fetch?.Bytes is { } bytes ? $"{bytes / 1e12:#,0.##}" : "-",
        ];

    private static string Accuracy(ComparedRun run)
    {
        if (run.Weights == "synthetic")
            return "synthetic";
        return run.AccuracyCheck.Length > 0 ? run.AccuracyCheck : "-";
    }

    private static string ToCheapest(CostRatio? ratio)
    {
        if (ratio is null)
            return "-";
        return ReferenceEquals(ratio, CostRatio.One) ? "1" : Ratio(ratio);
    }

    /// <summary>What a reader must know before believing a run, one line each.</summary>
    public static IEnumerable<string> Notices(ComparedRun run) =>
        run.Reasons.Select(reason => $"{run.VerdictLabel}: {reason}").Concat(run.Notices);

    /// <summary>How neighbours differ, and whether that is more than noise.</summary>
    public static IEnumerable<string> Differences(RunComparison comparison)
    {
        if (comparison.Rows.All(row => row.Cost is null))
            yield return $"no run has a cost on the basis {comparison.Basis}";
        foreach (var row in comparison.Rows)
        {
            if (row is { ToBefore: { } ratio, Before: { } before })
                yield return $"{row.Run.Label} costs {Times(ratio)} {before.Label}: "
                    + $"{(ratio.LargerThanNoise ? "more than noise" : "no more than noise")}";
        }

        foreach (var work in comparison.Rows.Select(row => row.Run).GroupBy(run => (run.Model, run.Scope)).Skip(1))
            yield return $"{string.Join(", ", work.Select(run => run.Label))}: other work than "
                + $"{comparison.Rows[0].Run.Label} ({work.Key.Model}, {work.Key.Scope} against "
                + $"{comparison.Rows[0].Run.Model}, {comparison.Rows[0].Run.Scope}), so their costs do not compare";
    }

    /// <summary>The factors of an attribution, a line each, the whole last.</summary>
    public static IEnumerable<(string Name, string Ratio, string Says)> Factors(Attribution attribution)
    {
        foreach (var factor in attribution.Factors)
        {
            var isNoise = factor.Name != "price" && !factor.Ratio.LargerThanNoise;
            var doubt = isNoise ? "; within the noise" : "";
            var advice = factor.Advice is null ? "" : $"; {factor.Advice}";
            yield return (factor.Name, Ratio(factor.Ratio), $"{factor.Change}{doubt}{advice}");
        }

        var between = string.Join(", ", attribution.Over.Skip(1).SkipLast(1));
        var way = attribution.Over.Count > 2 ? $", by way of {between}" : "";
        yield return ("cost", Ratio(attribution.Whole), $"{attribution.A} -> {attribution.B}{way}");
    }

    /// <summary>A factor with its interval: <c>x 2.04 (1.98..2.11)</c>.</summary>
    public static string Ratio(CostRatio ratio) =>
        ratio.Low == ratio.Ratio && ratio.High == ratio.Ratio
            ? $"x {Factor(ratio.Ratio)}"
            : $"x {Factor(ratio.Ratio)} ({Factor(ratio.Low)}..{(ratio.High is { } high ? Factor(high) : "")})";

    /// <summary>The same in a sentence: <c>2.04 (1.98..2.11) times</c>.</summary>
    public static string Times(CostRatio ratio) => $"{Ratio(ratio)[2..]} times";

    private static string Factor(double ratio) =>
        ratio switch
        {
            >= 100 => ratio.ToString("#,0"),
            >= 10 => ratio.ToString("0.0"),
            >= 0.1 => ratio.ToString("0.00"),
            _ => ratio.ToString("0.0000"),
        };

    private static string Cost(ComparedRun run, string basis) =>
        run.Costs.GetValueOrDefault(basis) is { } cost ? Figures.Usd((decimal)cost.Value) : "-";

    private static string Provider(string provider) =>
        provider.Replace("ExecutionProvider", "", StringComparison.Ordinal);
}
