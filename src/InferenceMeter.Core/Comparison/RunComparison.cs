namespace InferenceMeter.Comparison;

/// <summary>One line of a comparison.</summary>
public sealed record ComparedRow
{
    /// <summary>What was measured.</summary>
    public required ComparedRun Run { get; init; }

    /// <summary>On the basis of the comparison; <see langword="null"/> when the run has none.</summary>
    public required ComparedCost? Cost { get; init; }

    /// <summary>
    /// How many times as dear as the cheapest VALID run of the same work, or the cheapest where none is VALID;
    /// <see langword="null"/> without a cost.
    /// </summary>
    public required CostRatio? ToCheapest { get; init; }

    /// <summary>The same against <see cref="Before"/>.</summary>
    public required CostRatio? ToBefore { get; init; }

    /// <summary>The next cheaper run of the same work; <see langword="null"/> when there is none.</summary>
    public required ComparedRun? Before { get; init; }
}

/// <summary>Runs side by side, the cheapest first.</summary>
/// <param name="Basis">That they are ordered by.</param>
/// <param name="Rows">Runs without a cost are last.</param>
/// <param name="Attribution">
/// Why two of them differ; <see langword="null"/> with fewer than two that can be compared.
/// </param>
public sealed record RunComparison(string Basis, IReadOnlyList<ComparedRow> Rows, Attribution? Attribution)
{
    /// <summary>Compares.</summary>
    /// <param name="basis"><c>wall</c>, <c>busy</c> or <c>capacity</c>.</param>
    /// <param name="pair">
    /// Labels of the two to be explained; when it is <see langword="null"/>, both of two, else the cheapest and the
    /// dearest VALID run of the same work.
    /// </param>
    /// <exception cref="RunFileException">A label names no run, or the two are different work.</exception>
    public static RunComparison Of(IReadOnlyList<ComparedRun> runs, string basis, (string A, string B)? pair)
    {
        var ordered = runs.Select(run => (Run: run, Cost: run.Costs.GetValueOrDefault(basis)))
            .OrderBy(item => item.Cost?.Value ?? double.PositiveInfinity)
            .ToArray();
        var rows = new List<ComparedRow>();
        foreach (var (run, cost) in ordered)
        {
            var same = ordered.Where(item => item.Cost is not null && item.Run.SameWorkAs(run)).ToArray();
            var cheapest = same.FirstOrDefault(item => item.Run.Valid).Cost ?? same.FirstOrDefault().Cost;
            var before = rows.LastOrDefault(row => row.Run.SameWorkAs(run) && row.Cost is not null);
            rows.Add(
                new ComparedRow
                {
                    Run = run,
                    Cost = cost,
                    ToCheapest = Ratio(cost, cheapest),
                    ToBefore = Ratio(cost, before?.Cost),
                    Before = cost is null ? null : before?.Run,
                }
            );
        }

        return new RunComparison(basis, rows, Explain(runs, rows, basis, pair));
    }

    private static CostRatio? Ratio(ComparedCost? cost, ComparedCost? to)
    {
        if (cost is null || to is null)
            return null;
        return ReferenceEquals(cost, to) ? CostRatio.One : CostRatio.Of(cost, to);
    }

    private static Attribution? Explain(
        IReadOnlyList<ComparedRun> runs,
        List<ComparedRow> rows,
        string basis,
        (string A, string B)? pair
    )
    {
        if (pair is { } labels)
            return Attribution.Of(Named(labels.A), Named(labels.B), runs, basis)
                ?? throw new RunFileException(
                    $"{labels.A} and {labels.B} cannot be split: they are different work, or one has no {basis} cost"
                );
        if (runs.Count == 2)
            return Attribution.Of(runs[0], runs[1], runs, basis);
        var costs = rows.Where(row => row.Cost is not null && row.Run.RunsModel).ToArray();
        if (costs.Any(row => row.Run.Valid))
            costs = [.. costs.Where(row => row.Run.Valid)];
        var first = costs.FirstOrDefault();
        var last = costs.LastOrDefault(row => row.Run.SameWorkAs(first!.Run));
        return first is null || last is null || ReferenceEquals(first, last)
            ? null
            : Attribution.Of(first.Run, last.Run, runs, basis);

        ComparedRun Named(string label) =>
            runs.FirstOrDefault(run => run.Label == label)
            ?? throw new RunFileException(
                $"no run is called '{label}'; there are {string.Join(", ", runs.Select(run => run.Label))}"
            );
    }
}
