namespace InferenceMeter.Comparison;

/// <summary>The way from one run to another whose steps change the fewest things at once.</summary>
internal static class RunPath
{
    /// <summary>What differs between two runs, beside the price.</summary>
    public static IReadOnlyList<Dimension> Differences(ComparedRun from, ComparedRun to) =>
        [
            .. Enum.GetValues<Dimension>()
                .Where(dimension =>
                    from.Dimensions.GetValueOrDefault(dimension) != to.Dimensions.GetValueOrDefault(dimension)
                ),
        ];

    /// <summary>
    /// Dijkstra's shortest path; a step is as long as the things it cannot tell apart, and of equals the way with fewer
    /// steps is taken.
    /// </summary>
    /// <param name="nodes">Contains both ends; all of the same work.</param>
    public static IReadOnlyList<ComparedRun> Find(ComparedRun from, ComparedRun to, IReadOnlyList<ComparedRun> nodes)
    {
        var distance = nodes
            .Distinct(ReferenceEqualityComparer.Instance)
            .Cast<ComparedRun>()
            .ToDictionary(
                run => run,
                _ => (Joint: int.MaxValue, Steps: 0),
                ReferenceEqualityComparer.Instance as IEqualityComparer<ComparedRun>
            );
        var before = new Dictionary<ComparedRun, ComparedRun>(ReferenceEqualityComparer.Instance);
        var open = distance.Keys.ToList();
        distance[from] = (0, 0);
        while (open.Count > 0)
        {
            var next = open.MinBy(run => distance[run])!;
            open.Remove(next);
            if (ReferenceEquals(next, to))
                break;
            foreach (var neighbour in open)
            {
                var way = (
                    distance[next].Joint + Math.Max(0, Differences(next, neighbour).Count - 1),
                    distance[next].Steps + 1
                );
                if (way.CompareTo(distance[neighbour]) >= 0)
                    continue;
                (distance[neighbour], before[neighbour]) = (way, next);
            }
        }

        var path = new List<ComparedRun> { to };
        while (!ReferenceEquals(path[0], from))
            path.Insert(0, before[path[0]]);
        return path;
    }
}
