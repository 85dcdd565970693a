using CsCheck;
using InferenceMeter.History;

namespace InferenceMeter.Tests.History;

public sealed class CostTrendTests
{
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_exact_exponential_gives_its_halving_time() =>
        Gen.Select(Gen.Double[0.5, 60], Gen.Double[0.01, 1e6], Gen.Int[3, 40], Gen.Double[2, 90])
            .Sample(
                (halving, cost, count, days) =>
                {
                    var trend = CostTrend.Of(Runs(count, days, month => cost * Math.Pow(2, -month / halving)))!;

                    Assert.Equal(1, trend.HalvingMonths!.Value / halving, 1e-6);
                    Assert.True(trend.Certain);
                    Assert.Equal(count, trend.Runs);
                },
                iter: 500
            );

    [Fact]
    public void Scaling_the_costs_changes_nothing() =>
        Gen.Select(Gen.Double[1, 1000].Array[3, 30], Gen.Double[1e-3, 1e3])
            .Sample(
                (costs, factor) =>
                {
                    var trend = CostTrend.Of(Runs(costs.Length, 7, costs))!;
                    var scaled = CostTrend.Of(Runs(costs.Length, 7, [.. costs.Select(cost => cost * factor)]))!;

                    Assert.Equal(trend.HalvingsPerMonth, scaled.HalvingsPerMonth, 1e-6);
                    Assert.Equal(trend.Low!.Value, scaled.Low!.Value, 1e-6);
                    Assert.Equal(trend.High!.Value, scaled.High!.Value, 1e-6);
                },
                iter: 500
            );

    [Fact]
    public void The_interval_is_students()
    {
        // By hand: log2 is 3, 2, 2, 0 at months 0 to 3; slope -4.5 / 5, residuals -0.1, -0.2, 0.7, -0.4, squares 0.7
        // over 2 degrees.
        var trend = CostTrend.Of(Runs(4, 30.44, [8, 4, 4, 1]))!;
        var half = 4.302652729749 * Math.Sqrt(0.35 / 5);

        Assert.Equal(0.9, trend.HalvingsPerMonth, 1e-9);
        Assert.Equal(0.9 - half, trend.Low!.Value, 1e-9);
        Assert.Equal(0.9 + half, trend.High!.Value, 1e-9);
        Assert.False(trend.Certain);
        Assert.Equal((Start, Start.AddDays(3 * 30.44)), (trend.From, trend.To));
    }

    [Fact]
    public void Costs_that_rise_or_stay_have_no_halving_time()
    {
        var rising = CostTrend.Of(Runs(5, 30, month => 10 * Math.Pow(2, month)))!;
        var flat = CostTrend.Of(Runs(5, 30, _ => 0.1))!;

        Assert.Null(rising.HalvingMonths);
        Assert.True(rising.Certain);
        Assert.Equal(-1, rising.HalvingsPerMonth, 1e-9);
        Assert.Null(flat.HalvingMonths);
        Assert.Equal(0, flat.HalvingsPerMonth);
    }

    [Fact]
    public void Two_runs_have_a_slope_and_no_interval()
    {
        var trend = CostTrend.Of(Runs(2, 30.44, [4, 2]))!;

        Assert.Equal(1, trend.HalvingMonths!.Value, 1e-9);
        Assert.Null(trend.Low);
        Assert.Null(trend.High);
        Assert.False(trend.Certain);
    }

    [Fact]
    public void Too_few_runs_or_all_of_one_day_have_no_trend()
    {
        Assert.Null(CostTrend.Of([]));
        Assert.Null(CostTrend.Of(Runs(1, 30, [4])));
        Assert.Null(CostTrend.Of(Runs(10, 0.1, month => 4 - month)));
        Assert.Null(CostTrend.Of(Runs(3, 30, [4, 0, double.NaN])));
    }

    private static (DateTimeOffset At, double UsdPerBillion)[] Runs(int count, double days, double[] costs) =>
        [.. Enumerable.Range(0, count).Select(i => (Start.AddDays(i * days), costs[i]))];

    private static (DateTimeOffset At, double UsdPerBillion)[] Runs(
        int count,
        double days,
        Func<double, double> cost
    ) => [.. Enumerable.Range(0, count).Select(i => (Start.AddDays(i * days), cost(i * days / 30.44)))];
}
