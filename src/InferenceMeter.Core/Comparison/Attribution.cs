namespace InferenceMeter.Comparison;

/// <summary>A part of why one run costs what another does not: the cost is multiplied by it.</summary>
public sealed record CostFactor
{
    /// <summary><c>price</c>, <c>hardware</c>, <c>hardware and software together</c>, <c>repetition</c>, ...</summary>
    public required string Name { get; init; }

    /// <summary>Above 1 when it makes the second run dearer.</summary>
    public required CostRatio Ratio { get; init; }

    /// <summary>The runs at hand show it by itself; else only together with others.</summary>
    public required bool Separable { get; init; }

    /// <summary>What it was and what it became.</summary>
    public required string Change { get; init; }

    /// <summary>
    /// Which run would tell the parts of an inseparable one apart; <see langword="null"/> for others.
    /// </summary>
    public required string? Advice { get; init; }
}

/// <summary>
/// Why a run B costs a multiple of a run A, as factors that multiply to it. The price's is exact. The rest is the ratio
/// of the throughputs,
/// split with the help of all runs at hand: of all ways from A to B over other VALID runs of the same work, the one is
/// taken whose steps change
/// the fewest things at once. A step that changes one thing gives that thing's factor; what always changes together
/// stays together.
/// </summary>
public sealed record Attribution
{
    /// <summary>Compared with.</summary>
    public required string A { get; init; }

    /// <summary>To be explained.</summary>
    public required string B { get; init; }

    /// <summary>Cost of B over cost of A.</summary>
    public required CostRatio Whole { get; init; }

    /// <summary>They multiply to <see cref="Whole"/>.</summary>
    public required IReadOnlyList<CostFactor> Factors { get; init; }

    /// <summary>Labels of the runs that the way goes over, A and B included.</summary>
    public required IReadOnlyList<string> Over { get; init; }

    /// <summary>Splits.</summary>
    /// <param name="all">All runs at hand.</param>
    /// <param name="basis">Of the costs.</param>
    /// <returns><see langword="null"/> when they are different work or one has no cost.</returns>
    public static Attribution? Of(ComparedRun a, ComparedRun b, IReadOnlyList<ComparedRun> all, string basis)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (
            !a.SameWorkAs(b)
            || a.Costs.GetValueOrDefault(basis) is not { } costA
            || b.Costs.GetValueOrDefault(basis) is not { } costB
        )
            return null;
        var nodes = all.Where(run => run.Valid && run.SameWorkAs(a) && run.Costs.ContainsKey(basis)).ToList();
        foreach (var end in new[] { a, b })
        {
            if (!nodes.Contains(end))
                nodes.Add(end);
        }

        var way = RunPath.Find(a, b, nodes);
        return new Attribution
        {
            A = a.Label,
            B = b.Label,
            Whole = CostRatio.Of(costB, costA),
            Factors = [Price(costA, costB), .. Steps(way, basis)],
            Over = [.. way.Select(run => run.Label)],
        };
    }

    private static CostFactor Price(ComparedCost a, ComparedCost b)
    {
        var ratio = b.UsdPerHour / a.UsdPerHour;
        return new CostFactor
        {
            Name = "price",
            Ratio = new CostRatio(ratio, ratio, ratio),
            Separable = true,
            Change =
                a.UsdPerHour == b.UsdPerHour
                    ? $"${a.UsdPerHour:0.####}/hour"
                    : $"${a.UsdPerHour:0.####}/hour -> ${b.UsdPerHour:0.####}/hour",
            Advice = null,
        };
    }

    private static IEnumerable<CostFactor> Steps(IReadOnlyList<ComparedRun> way, string basis)
    {
        var steps = way.Zip(way.Skip(1))
            .Select(step => (step.First, step.Second, What: RunPath.Differences(step.First, step.Second)))
            .ToArray();
        foreach (var same in steps.GroupBy(step => string.Join(' ', step.What)))
        {
            var (ratio, squares) = (1.0, 0.0);
            foreach (var (from, to, _) in same)
            {
                var (before, after) = (from.Costs[basis], to.Costs[basis]);
                ratio *= before.ImagesPerSecond / after.ImagesPerSecond;
                squares += (before.LogHalfWidth * before.LogHalfWidth) + (after.LogHalfWidth * after.LogHalfWidth);
            }

            yield return Describe(
                same.First().What,
                CostRatio.Of(ratio, Math.Sqrt(squares), 0),
                same.First().First,
                same.Last().Second
            );
        }
    }

    private static CostFactor Describe(IReadOnlyList<Dimension> what, CostRatio ratio, ComparedRun from, ComparedRun to)
    {
        if (what.Count == 0)
            return new CostFactor
            {
                Name = "repetition",
                Ratio = ratio,
                Separable = true,
                Change = "the same settings, measured again: noise, or a machine that changed",
                Advice = null,
            };
        var names = what.Select(Name).ToArray();
        var change = string.Join(
            "; ",
            what.Select(dimension => Change(from.Dimensions[dimension], to.Dimensions[dimension]))
        );
        return what.Count == 1
            ? new CostFactor
            {
                Name = names[0],
                Ratio = ratio,
                Separable = true,
                Change = change,
                Advice = null,
            }
            : new CostFactor
            {
                Name = $"{string.Join(", ", names[..^1])} and {names[^1]} together",
                Ratio = ratio,
                Separable = false,
                Change = change,
                Advice =
                    $"these runs cannot tell them apart; a run that differs from {from.Label} in its "
                    + $"{names[0]} alone would",
            };
    }

    /// <summary>What of a list is no longer the same.</summary>
    private static string Change(string before, string after)
    {
        var (one, other) = (before.Split(", "), after.Split(", "));
        return $"{Only(one, other)} -> {Only(other, one)}";

        static string Only(string[] these, string[] those) =>
            string.Join(", ", these.Except(those, StringComparer.Ordinal).DefaultIfEmpty("none"));
    }

    private static string Name(Dimension dimension) =>
        dimension == Dimension.Model ? "model file" : dimension.ToString().ToLowerInvariant();
}
