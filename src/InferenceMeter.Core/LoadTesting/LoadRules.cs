namespace InferenceMeter.LoadTesting;

/// <summary>When a run may be quoted.</summary>
internal static class LoadRules
{
    /// <summary>
    /// A generator that sends later than this measures itself, unless the latency that is looked at is much longer.
    /// </summary>
    private const double MostLag = 0.001;

    /// <summary>Share of that latency that is no matter. Lag is part of every latency, so it never flatters.</summary>
    private const double NoMatter = 0.05;

    public static IReadOnlyList<string> Check(
        LoadPlan plan,
        in LoadFigures figures,
        double seconds,
        bool interrupted,
        string? lastError
    )
    {
        var reasons = new List<string>();
        var queries = figures.Ok + figures.Rejected + figures.Errors;
        if (interrupted)
            reasons.Add($"interrupted after {seconds:0.0} of {plan.Seconds:0} s: let it run to its end");
        if (figures.Ok == 0)
            reasons.Add($"no query was answered{(lastError is null ? "" : $": {lastError}")}");
        var mostLag = Math.Max(MostLag, NoMatter * (plan.BoundSeconds ?? figures.Latency?.P99 ?? 0));
        if (figures.LagP99 > mostLag)
            reasons.Add(
                "the generator could not keep up: 1 in 100 queries was sent "
                    + $"{figures.LagP99 * 1e3:0.0} ms late or more, at most {mostLag * 1e3:0.0} ms; give it "
                    + "cores of its own, or a lower --rate"
            );
        if (plan.BoundSeconds is { } bound && figures.Ok > 0)
        {
            var needed = EarlyStopping.QueriesNeeded(figures.Late, plan.Percentile);
            if (figures.Late > queries * (1 - plan.Percentile))
                reasons.Add(
                    $"{figures.Late:#,0} of {queries:#,0} queries were late or unanswered, at most "
                        + $"{1 - plan.Percentile:0.#%} may be (bound {bound * 1e3:0.###} ms): lower --rate, "
                        + "or find the highest with --find-peak"
                );
            else if (queries < needed)
                reasons.Add(
                    $"{queries:#,0} queries with {figures.Late:#,0} late show nothing yet, "
                        + $"{needed:#,0} would: give more --seconds"
                );
        }
        else if (plan.BoundSeconds is null && figures.Rejected + figures.Errors > plan.MaxErrors * queries)
        {
            reasons.Add(
                $"{figures.Rejected:#,0} queries were turned away and {figures.Errors:#,0} "
                    + $"failed{(lastError is null ? "" : $" ({lastError})")}, at most {plan.MaxErrors:0.##%} "
                    + "may (--max-errors)"
            );
        }

        if (
            plan.BoundSeconds is null
            && queries > 0
            && queries < EarlyStopping.QueriesNeeded(0, plan.Percentile)
            && plan.Scenario is not (Scenario.Offline or Scenario.Closed or Scenario.Ramp)
        )
            reasons.Add(
                $"{queries:#,0} queries are too few for a {plan.Percentile:0%} percentile, "
                    + $"{EarlyStopping.QueriesNeeded(0, plan.Percentile):#,0} are needed: give more --seconds"
            );
        return reasons;
    }
}
