namespace InferenceMeter.LoadTesting;

/// <summary>The rules that a run must pass to be quoted.</summary>
internal static class LoadRules
{
    /// <summary>
    /// Seconds. A generator that lags more measures itself, unless the latency in question is much longer.
    /// </summary>
    private const double NegligibleLag = 0.001;

    /// <summary>
    /// Share of that latency below which lag does not matter. Lag is part of every latency, so it never flatters.
    /// </summary>
    private const double NegligibleShare = 0.05;

    /// <summary>
    /// Whether the generator sent its queries soon enough after they were scheduled; where it did not, the run says
    /// nothing about the target.
    /// </summary>
    /// <param name="plan">The run's plan, whose bound decides how much lag matters.</param>
    /// <param name="lagP99">
    /// 99th percentile of the lag in seconds; <see langword="null"/> when nothing was scheduled.
    /// </param>
    /// <param name="latency">The latencies, which take the place of a bound where there is none.</param>
    public static bool KeptUp(LoadPlan plan, double? lagP99, LoadLatency? latency) =>
        lagP99 is null || lagP99 <= LagAllowed(plan, latency);

    /// <summary>Every reason why the run must not be quoted, each with what to do about it.</summary>
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
        if (!KeptUp(plan, figures.LagP99, figures.Latency))
            reasons.Add(
                "the generator could not keep up: 1 in 100 queries was sent "
                    + $"{figures.LagP99 * 1e3:0.0} ms late or more, and at most "
                    + $"{LagAllowed(plan, figures.Latency) * 1e3:0.0} ms is allowed; give it cores of its own, or send "
                    + "at a lower rate"
            );
        if (plan.BoundSeconds is { } bound && figures.Ok > 0)
        {
            var needed = EarlyStopping.QueriesNeeded(figures.Late, plan.Percentile);
            if (figures.Late > queries * (1 - plan.Percentile))
                reasons.Add(
                    $"{figures.Late:#,0} of {queries:#,0} queries were late or unanswered, and at most "
                        + $"{1 - plan.Percentile:0.#%} may be (bound {bound * 1e3:0.###} ms): lower the load, or "
                        + "search for the highest rate that keeps the bound"
                );
            else if (queries < needed)
                reasons.Add(
                    $"{queries:#,0} queries with {figures.Late:#,0} late show nothing yet, "
                        + $"{needed:#,0} would: make the run longer"
                );
        }
        else if (plan.BoundSeconds is null && figures.Rejected + figures.Errors > plan.MaxErrors * queries)
        {
            reasons.Add(
                $"{figures.Rejected:#,0} queries were turned away and {figures.Errors:#,0} "
                    + $"failed{(lastError is null ? "" : $" ({lastError})")}, and at most {plan.MaxErrors:0.##%} "
                    + "of them may: lower the load, or allow a larger share"
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
                    + $"{EarlyStopping.QueriesNeeded(0, plan.Percentile):#,0} are needed: make the run longer"
            );
        return reasons;
    }

    private static double LagAllowed(LoadPlan plan, LoadLatency? latency) =>
        Math.Max(NegligibleLag, NegligibleShare * (plan.BoundSeconds ?? latency?.P99 ?? 0));
}
