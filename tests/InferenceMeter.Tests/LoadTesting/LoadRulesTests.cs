using InferenceMeter.LoadTesting;

namespace InferenceMeter.Tests.LoadTesting;

/// <summary>Why a run must not be quoted, and what to do about it.</summary>
public sealed class LoadRulesTests
{
    private static readonly LoadPlan Bounded = new() { Scenario = Scenario.Server, BoundSeconds = 0.015 };
    private static readonly LoadPlan Unbounded = new() { Scenario = Scenario.Server };

    [Fact]
    public void A_run_that_keeps_its_bound_with_enough_queries_has_no_reason_against_it() =>
        Assert.Empty(Reasons(Bounded, Figures(ok: 459)));

    [Fact]
    public void A_generator_that_lags_is_given_cores_or_a_lower_rate()
    {
        var reason = Assert.Single(Reasons(Bounded, Figures(ok: 459) with { LagP99 = 0.0011 }));

        Assert.Equal(
            "the generator could not keep up: 1 in 100 queries was sent 1.1 ms late or more, and at most 1.0 ms is "
                + "allowed; give it cores of its own, or send at a lower rate",
            reason
        );
    }

    [Theory]
    [InlineData(0.05, 0.0025, true)]
    [InlineData(0.05, 0.0026, false)]
    [InlineData(0.001, 0.001, true)]
    [InlineData(0.001, 0.0011, false)]
    public void Lag_may_be_a_twentieth_of_the_bound_or_a_millisecond(double bound, double lag, bool keptUp)
    {
        var plan = Bounded with { BoundSeconds = bound };

        Assert.Equal(keptUp, LoadRules.KeptUp(plan, lag, latency: null));
        Assert.Equal(keptUp, Reasons(plan, Figures(ok: 459) with { LagP99 = lag }).Count == 0);
    }

    [Fact]
    public void Late_queries_are_a_reason_for_a_lower_load() =>
        Assert.Equal(
            "30 of 1,000 queries were late or unanswered, and at most 1% may be (bound 15 ms): lower the load, or "
                + "search for the highest rate that keeps the bound",
            Assert.Single(Reasons(Bounded, Figures(ok: 1000) with { Late = 30 }))
        );

    [Fact]
    public void Few_queries_are_a_reason_for_a_longer_run()
    {
        Assert.Equal(
            "458 queries with 0 late show nothing yet, 459 would: make the run longer",
            Assert.Single(Reasons(Bounded, Figures(ok: 458)))
        );
        Assert.Equal(
            "458 queries are too few for a 99% percentile, 459 are needed: make the run longer",
            Assert.Single(Reasons(Unbounded, Figures(ok: 458)))
        );
    }

    [Fact]
    public void More_failures_than_allowed_are_a_reason_with_what_the_target_said()
    {
        var plan = Unbounded with { MaxErrors = 0.1 };

        Assert.Empty(Reasons(plan, Figures(ok: 900) with { Rejected = 60, Errors = 40 }));
        Assert.Equal(
            "61 queries were turned away and 40 failed (out of memory), and at most 10% of them may: lower the load, "
                + "or allow a larger share",
            Assert.Single(Reasons(plan, Figures(ok: 899) with { Rejected = 61, Errors = 40 }, "out of memory"))
        );
    }

    [Fact]
    public void A_run_without_an_answer_says_what_the_target_said_last() =>
        Assert.Contains(
            "no query was answered: connection refused",
            Reasons(Bounded, Figures(ok: 0) with { Errors = 10 }, "connection refused")
        );

    private static IReadOnlyList<string> Reasons(LoadPlan plan, in LoadFigures figures, string? lastError = null) =>
        LoadRules.Check(plan, figures, seconds: 60, interrupted: false, lastError);

    private static LoadFigures Figures(long ok) =>
        new()
        {
            Ok = ok,
            Rejected = 0,
            Errors = 0,
            Late = 0,
            LastAnswer = 60,
            Answered = ok,
            Latency = null,
            LagP99 = 0,
            LagMax = 0,
        };
}
