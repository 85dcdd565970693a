using CsCheck;
using InferenceMeter.Comparison;
using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Comparison;

public sealed class AttributionTests
{
    [Fact]
    public void Twice_the_price_at_three_times_the_speed_by_hand()
    {
        var (a, b) = (SampleRuns.Usual("a", 100, 1), SampleRuns.Usual("b", 300, 2, hardware: "B"));

        var why = Attribution.Of(a, b, [a, b], "wall")!;

        Assert.Equal(2d / 3, why.Whole.Ratio, 12);
        Assert.Equal(["price", "hardware"], why.Factors.Select(factor => factor.Name));
        Assert.Equal(
            (2, 2.0, 2.0),
            (why.Factors[0].Ratio.Ratio, why.Factors[0].Ratio.Low, why.Factors[0].Ratio.High!.Value)
        );
        Assert.Equal("$1/hour -> $2/hour", why.Factors[0].Change);
        // Each throughput is within 1 %, so their ratio is within sqrt(2) %.
        Assert.Equal(1d / 3, why.Factors[1].Ratio.Ratio, 12);
        Assert.Equal(Math.Exp(Math.Sqrt(2) / 100) / 3, why.Factors[1].Ratio.High!.Value, 12);
        Assert.Equal(("A -> B", true, null), (why.Factors[1].Change, why.Factors[1].Separable, why.Factors[1].Advice));
    }

    [Fact]
    public void What_changes_together_is_one_factor_that_says_so()
    {
        var (a, b) = (
            SampleRuns.Usual("a", 100),
            SampleRuns.Usual("b", 800, hardware: "B", precision: "fp16", batch: "64")
        );

        var factor = Attribution.Of(a, b, [a, b], "wall")!.Factors[1];

        Assert.Equal("hardware, precision and batch together", factor.Name);
        Assert.False(factor.Separable);
        Assert.Equal("A -> B; fp32 -> fp16; 4 -> 64", factor.Change);
        Assert.Equal(
            "these runs cannot tell them apart; a run that differs from a in its hardware alone would",
            factor.Advice
        );
    }

    [Fact]
    public void A_run_between_the_two_takes_them_apart()
    {
        var (a, b) = (SampleRuns.Usual("a", 100), SampleRuns.Usual("b", 800, hardware: "B", precision: "fp16"));
        var (between, away) = (
            SampleRuns.Usual("between", 500, hardware: "B"),
            SampleRuns.Usual("away", 50, software: "ort 0")
        );

        var why = Attribution.Of(a, b, [away, b, between, a], "wall")!;

        Assert.Equal(["a", "between", "b"], why.Over);
        Assert.Equal(["price", "hardware", "precision"], why.Factors.Select(factor => factor.Name));
        Assert.Equal([1, 0.2, 0.625], why.Factors.Select(factor => Math.Round(factor.Ratio.Ratio, 9)));
        Assert.All(why.Factors, factor => Assert.True(factor.Separable));
    }

    [Fact]
    public void An_invalid_run_explains_nothing_but_can_itself_be_explained()
    {
        var (a, b) = (SampleRuns.Usual("a", 100), SampleRuns.Usual("b", 800, hardware: "B", precision: "fp16"));
        var between = SampleRuns.Usual("between", 500, hardware: "B", verdict: Verdict.Invalid);

        Assert.Equal(["a", "b"], Attribution.Of(a, b, [a, between, b], "wall")!.Over);
        Assert.Equal(["a", "between"], Attribution.Of(a, between, [a, between, b], "wall")!.Over);
    }

    [Fact]
    public void The_same_settings_again_are_a_repetition()
    {
        var (a, b) = (SampleRuns.Usual("a", 100), SampleRuns.Usual("b", 101));

        var factor = Attribution.Of(a, b, [a, b], "wall")!.Factors[1];

        Assert.Equal("repetition", factor.Name);
        Assert.False(factor.Ratio.LargerThanNoise);
    }

    [Fact]
    public void Without_an_upper_bound_nothing_is_more_than_noise()
    {
        var (a, b) = (
            SampleRuns.Usual("a", 100, logHalfWidth: double.PositiveInfinity),
            SampleRuns.Usual("b", 1000, hardware: "B")
        );

        var why = Attribution.Of(a, b, [a, b], "wall")!;

        Assert.Equal((0, null, false), (why.Whole.Low, why.Whole.High, why.Whole.LargerThanNoise));
    }

    [Fact]
    public void Other_work_and_a_missing_cost_have_no_factors()
    {
        var (a, scope, model) = (
            SampleRuns.Usual("a"),
            SampleRuns.Usual("b", scope: "model"),
            SampleRuns.Usual("c", model: "mobilenet")
        );

        Assert.Null(Attribution.Of(a, scope, [a, scope], "wall"));
        Assert.Null(Attribution.Of(a, model, [a, model], "wall"));
        Assert.Null(Attribution.Of(a, SampleRuns.Usual("d"), [a], "busy"));
    }

    private static readonly Gen<ComparedRun[]> AnyRuns = Gen.Select(
            Gen.Double[0.1, 1e6],
            Gen.Double[0.01, 1000],
            Gen.Double[0, 0.2],
            Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 2]),
            Gen.Bool
        )
        .Array[2, 8]
        .Select(runs =>
            runs.Select(
                    (run, i) =>
                        SampleRuns.Usual(
                            $"run {i}",
                            run.Item1,
                            run.Item2,
                            run.Item3,
                            $"h{run.Item4.Item1}",
                            $"s{run.Item4.Item2}",
                            $"p{run.Item4.Item3}",
                            $"b{run.Item4.Item4}",
                            verdict: run.Item5 ? Verdict.Valid : Verdict.Invalid
                        )
                )
                .ToArray()
        );

    [Fact]
    public void Factors_multiply_to_the_whole_whatever_the_runs() =>
        AnyRuns.Sample(
            runs =>
            {
                var why = Attribution.Of(runs[0], runs[1], runs, "wall")!;

                Assert.Equal(
                    runs[1].Costs["wall"].Value / runs[0].Costs["wall"].Value,
                    why.Whole.Ratio,
                    1e-9 * why.Whole.Ratio
                );
                Assert.Equal(
                    1,
                    why.Factors.Aggregate(1.0, (product, factor) => product * factor.Ratio.Ratio) / why.Whole.Ratio,
                    1e-9
                );
                Assert.Equal(("run 0", "run 1"), (why.Over[0], why.Over[^1]));
                Assert.Equal(why.Over.Count, why.Over.Distinct().Count());
            },
            iter: 2000
        );

    [Fact]
    public void The_other_way_round_every_factor_is_inverted() =>
        AnyRuns.Sample(
            runs =>
            {
                var (there, back) = (
                    Attribution.Of(runs[0], runs[1], runs, "wall")!,
                    Attribution.Of(runs[1], runs[0], runs, "wall")!
                );

                Assert.Equal(1, there.Whole.Ratio * back.Whole.Ratio, 1e-9);
                Assert.Equal(there.Whole.LargerThanNoise, back.Whole.LargerThanNoise);
                Assert.Equal(1, there.Whole.Low * back.Whole.High!.Value, 1e-9);
                Assert.Equal(1, there.Factors[0].Ratio.Ratio * back.Factors[0].Ratio.Ratio, 1e-9);
            },
            iter: 2000
        );

    [Fact]
    public void Doubling_a_price_doubles_its_factor_and_no_other() =>
        AnyRuns.Sample(
            runs =>
            {
                var dearer = runs[1] with
                {
                    Costs = runs[1]
                        .Costs.ToDictionary(
                            cost => cost.Key,
                            cost => new ComparedCost(
                                cost.Value.Value * 2,
                                cost.Value.Low * 2,
                                cost.Value.High * 2,
                                cost.Value.UsdPerHour * 2
                            ),
                            StringComparer.Ordinal
                        ),
                };

                var (before, after) = (
                    Attribution.Of(runs[0], runs[1], runs, "wall")!,
                    Attribution.Of(runs[0], dearer, [runs[0], dearer, .. runs[2..]], "wall")!
                );

                Assert.Equal(2, after.Factors[0].Ratio.Ratio / before.Factors[0].Ratio.Ratio, 1e-9);
                Assert.Equal(2, after.Whole.Ratio / before.Whole.Ratio, 1e-9);
                Assert.Equal(
                    before.Factors.Skip(1).Select(factor => factor.Name),
                    after.Factors.Skip(1).Select(factor => factor.Name)
                );
                Assert.All(
                    before.Factors.Skip(1).Zip(after.Factors.Skip(1)),
                    pair => Assert.Equal(1, pair.First.Ratio.Ratio / pair.Second.Ratio.Ratio, 1e-9)
                );
            },
            iter: 1000
        );

    [Fact]
    public void More_runs_never_make_it_less_clear() =>
        AnyRuns.Sample(
            runs =>
            {
                var (two, all) = (
                    Attribution.Of(runs[0], runs[1], runs[..2], "wall")!,
                    Attribution.Of(runs[0], runs[1], runs, "wall")!
                );

                Assert.True(Joint(all) <= Joint(two));

                static int Joint(Attribution why) =>
                    why.Factors.Where(factor => !factor.Separable).Sum(factor => factor.Change.Split("; ").Length - 1);
            },
            iter: 1000
        );
}
