using CsCheck;
using InferenceMeter.Pricing;

namespace InferenceMeter.Tests.Pricing;

public sealed class TrendLineTests
{
    private static readonly Reference K80 = ReferenceCatalog.Default.Find("dawnbench-2017-11-k80")!;

    [Theory]
    [InlineData("moore", 2, 0.5)]
    [InlineData("moore", 4, 0.25)]
    [InlineData("openai-efficiency", 4 / 3d, 0.5)]
    public void A_trend_halves_the_anchor_once_in_its_time(string trend, double years, double expected) =>
        Assert.Equal(expected * 7310, TrendLine.At(Trend(trend), K80, K80.Year + years), 1e-6);

    [Fact]
    public void Arks_trend_is_a_tenth_a_year() =>
        Assert.Equal(731, TrendLine.At(Trend("ark-training"), K80, K80.Year + 1), 2.0);

    [Fact]
    public void At_the_anchor_every_trend_is_the_anchor() =>
        Assert.All(
            ReferenceCatalog.Default.Trends,
            trend => Assert.Equal(7310, TrendLine.At(trend, K80, K80.Year), 1e-9)
        );

    [Fact]
    public void Time_adds_up() =>
        Gen.Select(Gen.Double[0, 20], Gen.Double[0, 20])
            .Sample(
                (one, other) =>
                {
                    var moore = Trend("moore");
                    var (first, both) = (
                        TrendLine.At(moore, K80, K80.Year + one) / 7310,
                        TrendLine.At(moore, K80, K80.Year + one + other) / 7310
                    );
                    Assert.Equal(both, first * TrendLine.At(moore, K80, K80.Year + other) / 7310, 1e-9);
                }
            );

    [Fact]
    public void A_decimal_year_is_the_share_of_the_year_that_is_over()
    {
        Assert.Equal(2017, TrendLine.DecimalYear(new DateTimeOffset(2017, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.Equal(2017.5, TrendLine.DecimalYear(new DateTimeOffset(2017, 7, 2, 12, 0, 0, TimeSpan.Zero)), 1e-9);
        Assert.Equal(
            2024.5,
            TrendLine.DecimalYear(new DateTimeOffset(2024, 7, 2, 2, 0, 0, TimeSpan.FromHours(2))),
            1e-9
        );
    }

    private static Trend Trend(string id) => ReferenceCatalog.Default.Trends.Single(trend => trend.Id == id);
}
