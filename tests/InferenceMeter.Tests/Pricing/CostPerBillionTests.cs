using InferenceMeter.Pricing;

namespace InferenceMeter.Tests.Pricing;

public sealed class CostPerBillionTests
{
    [Theory]
    [InlineData(3.60, 1000, 1000)] // 1 USD buys 1,000,000 images
    [InlineData(1.41, 96_029, 4.0786)]
    [InlineData(1.74, 96_029, 5.0332)]
    [InlineData(1.00, 100, 2777.7778)]
    [InlineData(0, 100, 0)]
    public void Cost_is_price_over_throughput(double usdPerHour, double imagesPerSecond, double expected) =>
        Assert.Equal(
            expected,
            (double)CostPerBillion.Compute(Hourly((decimal)usdPerHour), imagesPerSecond)!.Value,
            0.00005
        );

    [Fact]
    public void The_best_published_throughput_costs_4_to_5_dollars_a_billion()
    {
        Assert.Equal("4", $"{CostPerBillion.Compute(Hourly(1.41m), 96_029):0}");
        Assert.Equal("5", $"{CostPerBillion.Compute(Hourly(1.74m), 96_029):0}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.0)]
    [InlineData(-100)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.Epsilon)]
    [InlineData(1e-25)]
    [InlineData(double.MaxValue)]
    public void There_is_nothing_to_say_without_a_throughput(double imagesPerSecond) =>
        Assert.Null(CostPerBillion.Compute(Hourly(Price.MaxUsdPerHour), imagesPerSecond));

    [Fact]
    public void There_is_nothing_to_say_at_a_negative_price() => Assert.Null(CostPerBillion.Compute(Hourly(-1), 100));

    [Theory]
    [InlineData(1.74, 5)]
    [InlineData(0.5, 0.03)]
    [InlineData(1000, 10_000)]
    public void Needed_throughput_is_the_inverse_of_cost(double usdPerHour, double usdPerBillion)
    {
        var needed = CostPerBillion.ImagesPerSecondNeeded(Hourly((decimal)usdPerHour), (decimal)usdPerBillion)!.Value;

        Assert.Equal(
            usdPerBillion,
            (double)CostPerBillion.Compute(Hourly((decimal)usdPerHour), needed)!.Value,
            usdPerBillion * 1e-9
        );
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(-1, 5)]
    [InlineData(5, -1)]
    public void No_throughput_is_needed_for_what_is_no_cost(double usdPerHour, double usdPerBillion) =>
        Assert.Null(CostPerBillion.ImagesPerSecondNeeded(Hourly((decimal)usdPerHour), (decimal)usdPerBillion));

    [Fact]
    public void Ten_dollars_of_training_imply_about_29_a_billion() =>
        Assert.Equal(10, (double)CostPerBillion.ImpliedTrainingUsd(28.9m), 0.01);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_000_001)]
    public void A_price_outside_its_range_is_refused(double usdPerHour) =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new Price
            {
                PerHour = new UsdPerMachineHour((decimal)usdPerHour),
                Source = PriceSource.Fixed,
                AsOf = new DateOnly(2025, 1, 2),
            }
        );

    [Fact]
    public void An_assumed_price_is_one_dollar_and_says_that_nobody_gave_it()
    {
        var price = Price.Assumed(new DateOnly(2025, 1, 2));

        Assert.Equal((1m, "assumed", new DateOnly(2025, 1, 2)), (price.UsdPerHour, price.Source, price.AsOf));
        Assert.Contains("no price was given", price.Note, StringComparison.Ordinal);
    }

    private static UsdPerMachineHour Hourly(decimal usd) => new(usd);
}
