using InferenceMeter.Comparison;
using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Comparison;

public sealed class RunComparisonTests
{
    [Fact]
    public void The_cheapest_is_first_and_one_without_a_cost_is_last()
    {
        var none = SampleRuns.Usual("none") with
        {
            Costs = new Dictionary<string, ComparedCost>(StringComparer.Ordinal),
        };

        var comparison = RunComparison.Of(
            [none, SampleRuns.Usual("slow", 50), SampleRuns.Usual("fast", 200), SampleRuns.Usual("usual", 100)],
            "wall",
            null
        );

        Assert.Equal(["fast", "usual", "slow", "none"], comparison.Rows.Select(row => row.Run.Label));
        Assert.Equal([1, 2, 4], comparison.Rows.Take(3).Select(row => Math.Round(row.ToCheapest!.Ratio, 9)));
        Assert.Equal([null, "fast", "usual", null], comparison.Rows.Select(row => row.Before?.Label));
        Assert.Equal((null, null), (comparison.Rows[3].ToCheapest, comparison.Rows[3].ToBefore));
        Assert.Equal(("fast", "slow"), (comparison.Attribution!.A, comparison.Attribution.B));
    }

    [Fact]
    public void An_invalid_run_is_not_what_others_are_measured_by()
    {
        var comparison = RunComparison.Of(
            [
                SampleRuns.Usual("short", 400, verdict: Verdict.Invalid),
                SampleRuns.Usual("a", 200),
                SampleRuns.Usual("b", 100),
            ],
            "wall",
            null
        );

        Assert.Equal([0.5, 1, 2], comparison.Rows.Select(row => Math.Round(row.ToCheapest!.Ratio, 9)));
        Assert.Equal(("a", "b"), (comparison.Attribution!.A, comparison.Attribution.B));
    }

    [Fact]
    public void Other_work_is_listed_and_never_compared()
    {
        var comparison = RunComparison.Of(
            [SampleRuns.Usual("a", 100), SampleRuns.Usual("model", 900, scope: "model"), SampleRuns.Usual("b", 50)],
            "wall",
            null
        );

        Assert.Equal(["model", "a", "b"], comparison.Rows.Select(row => row.Run.Label));
        Assert.Equal([1, 1, 2], comparison.Rows.Select(row => Math.Round(row.ToCheapest!.Ratio, 9)));
        Assert.Null(comparison.Rows[1].ToBefore);
    }

    [Fact]
    public void A_difference_within_the_intervals_is_no_more_than_noise()
    {
        var comparison = RunComparison.Of(
            [SampleRuns.Usual("a", 100), SampleRuns.Usual("b", 101), SampleRuns.Usual("c", 130)],
            "wall",
            null
        );

        Assert.Equal([true, false], comparison.Rows.Skip(1).Select(row => row.ToBefore!.LargerThanNoise));
    }

    [Fact]
    public void The_two_to_be_explained_can_be_named_and_must_be_there()
    {
        ComparedRun[] runs =
        [
            SampleRuns.Usual("a", 100),
            SampleRuns.Usual("b", 50),
            SampleRuns.Usual("c", 25),
            SampleRuns.Usual("m", 25, scope: "model"),
        ];

        Assert.Equal(
            ("c", "b"),
            RunComparison.Of(runs, "wall", ("c", "b")).Attribution is { } why ? (why.A, why.B) : default
        );
        Assert.Equal(
            "no run is called 'd'; there are a, b, c, m",
            Assert.Throws<RunFileException>(() => RunComparison.Of(runs, "wall", ("a", "d"))).Message
        );
        Assert.Contains(
            "different work",
            Assert.Throws<RunFileException>(() => RunComparison.Of(runs, "wall", ("a", "m"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void One_run_is_a_comparison_with_nothing_to_explain()
    {
        Assert.Null(RunComparison.Of([SampleRuns.Usual("a")], "wall", null).Attribution);
        Assert.Null(RunComparison.Of([SampleRuns.Usual("a"), SampleRuns.Usual("b")], "slo", null).Attribution);
    }
}
