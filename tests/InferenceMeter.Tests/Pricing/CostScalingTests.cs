using CsCheck;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Tests.Pricing;

/// <summary>What must hold of costs whatever the figures are.</summary>
public sealed class CostScalingTests
{
    private static readonly Gen<decimal> Prices = Gen.Decimal[0.000001m, 10_000m];
    private static readonly Gen<double> Rates = Gen.Double[0.01, 200_000];

    [Fact]
    public void Double_the_price_is_double_the_cost_and_double_the_throughput_is_half() =>
        Gen.Select(Prices, Rates)
            .Sample(
                (usd, rate) =>
                {
                    var cost = Cost(usd, rate);

                    Close(2 * cost, Cost(2 * usd, rate));
                    Close(cost / 2, Cost(usd, 2 * rate));
                }
            );

    [Fact]
    public void The_factors_of_price_and_throughput_multiply_to_the_ratio_of_the_costs() =>
        Gen.Select(Prices, Rates, Prices, Rates)
            .Sample(
                (usdA, rateA, usdB, rateB) =>
                    Close(Cost(usdB, rateB) / Cost(usdA, rateA), (double)(usdB / usdA) * (rateA / rateB))
            );

    [Fact]
    public void A_wider_interval_of_throughput_is_a_wider_interval_of_cost_with_the_ends_exchanged() =>
        Gen.Select(Prices, Rates, Gen.Double[0, 0.99])
            .Sample(
                (usd, rate, width) =>
                {
                    var cost = CostReadings.At(
                        Basis.Wall,
                        Scope.Pipeline,
                        MeasurementWindow.OneMinute,
                        new UsdPerMachineHour(usd),
                        new Estimate(rate, rate * (1 - width), rate * (1 + width))
                    )!;

                    Assert.True(cost.Low <= cost.UsdPerBillion && cost.UsdPerBillion <= cost.High);
                    Close(Cost(usd, rate * (1 + width)), (double)cost.Low);
                    Close(Cost(usd, rate * (1 - width)), (double)cost.High!.Value);
                }
            );

    [Fact]
    public void Energy_of_a_billion_is_a_billion_times_that_of_one() =>
        Gen.Select(Gen.Double[0.001, 1e7], Gen.Long[1, 1_000_000_000], Gen.Decimal[0, 2])
            .Sample(
                (joules, images, tariff) =>
                {
                    var energy = new EnergyCost(joules, images, Seconds: 60);

                    Close(
                        joules / images * 1e9 / 3.6e6 * (double)tariff * 1.5,
                        (double)energy.UsdPerBillion(tariff, pue: 1.5m)
                    );
                }
            );

    [Fact]
    public void Half_a_joule_an_image_at_ten_cents_is_13_89_dollars_a_billion()
    {
        var energy = new EnergyCost(Joules: 500, Images: 1000, Seconds: 5);

        Assert.Equal((0.5, 100), (energy.JoulesPerImage, energy.Watts));
        Assert.Equal(13.89m, decimal.Round(energy.UsdPerBillion(0.10m, pue: 1), 2));
    }

    private static double Cost(decimal usd, double rate) =>
        (double)CostPerBillion.Compute(new UsdPerMachineHour(usd), rate)!.Value;

    private static void Close(double expected, double actual) =>
        Assert.InRange(
            actual,
            expected - (1e-9 * Math.Abs(expected)) - 1e-12,
            expected + (1e-9 * Math.Abs(expected)) + 1e-12
        );
}
