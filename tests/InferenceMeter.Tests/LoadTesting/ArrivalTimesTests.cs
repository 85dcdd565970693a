using InferenceMeter.LoadTesting;

namespace InferenceMeter.Tests.LoadTesting;

public sealed class ArrivalTimesTests
{
    private const int Count = 20_000;

    /// <summary>
    /// Kolmogorov and Smirnov's largest distance of the gaps from the exponential distribution, at fixed seeds; 1.63 /
    /// sqrt(n) is exceeded by 1 in 100 right ones.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20_261_123)]
    public void Gaps_are_exponential_and_know_nothing_of_each_other(int seed)
    {
        const double Rate = 250;
        var arrivals = ArrivalTimes.Poisson(Rate, seed).Take(Count).ToArray();
        var gaps = arrivals.Select((at, i) => i == 0 ? at : at - arrivals[i - 1]).ToArray();

        Assert.True(Distance(gaps, gap => 1 - Math.Exp(-Rate * gap)) < 1.63 / Math.Sqrt(Count));
        var mean = gaps.Average();
        var correlation =
            gaps.Zip(gaps.Skip(1), (one, next) => (one - mean) * (next - mean)).Sum()
            / gaps.Sum(gap => (gap - mean) * (gap - mean));
        Assert.InRange(correlation, -2.6 / Math.Sqrt(Count), 2.6 / Math.Sqrt(Count));
        Assert.InRange(Count / arrivals[^1], Rate * 0.98, Rate * 1.02);
    }

    [Fact]
    public void The_test_finds_what_is_not_poisson() =>
        Assert.True(Distance([.. Enumerable.Repeat(1 / 250.0, Count)], gap => 1 - Math.Exp(-250 * gap)) > 0.3);

    [Fact]
    public void The_same_seed_is_the_same_and_another_is_another()
    {
        Assert.Equal(ArrivalTimes.Poisson(10, 7).Take(100), ArrivalTimes.Poisson(10, 7).Take(100));
        Assert.NotEqual(ArrivalTimes.Poisson(10, 7).Take(100), ArrivalTimes.Poisson(10, 8).Take(100));
    }

    [Theory]
    [InlineData(100, 300)]
    [InlineData(300, 100)]
    [InlineData(200, 200)]
    public void A_ramp_has_its_share_of_arrivals_in_each_part(double from, double to)
    {
        const double Seconds = 100;
        var arrivals = ArrivalTimes.Ramp(from, to, Seconds, 3).ToArray();

        Assert.Equal(arrivals.Order(), arrivals);
        Assert.All(arrivals, at => Assert.InRange(at, 0, Seconds));
        // Where it should be: the expected number of arrivals up to there, as a share of all, is uniform.
        double Expected(double t) => (from * t) + ((to - from) / Seconds * t * t / 2);
        Assert.True(
            Distance([.. arrivals.Select(at => Expected(at) / Expected(Seconds))], share => share)
                < 1.63 / Math.Sqrt(arrivals.Length)
        );
        Assert.InRange(arrivals.Length, Expected(Seconds) * 0.97, Expected(Seconds) * 1.03);
    }

    private static double Distance(double[] values, Func<double, double> distribution)
    {
        var sorted = values.Order().ToArray();
        return sorted
            .Select(
                (value, i) =>
                    Math.Max(
                        Math.Abs(distribution(value) - ((double)i / sorted.Length)),
                        Math.Abs(distribution(value) - ((double)(i + 1) / sorted.Length))
                    )
            )
            .Max();
    }
}
