using InferenceMeter.Pricing;

namespace InferenceMeter.Tests.Pricing;

public sealed class DeclineTests
{
    [Fact]
    public void A_decline_is_efficiency_times_price()
    {
        // 100 images/s at 3.60 USD/hour are 10,000 USD; 800 at 14.40 are 5,000: 2 times cheaper, by 8 times the rate at
        // 4 times the price.
        var from = At("a", 2020, rate: 100, perHour: 3.60m);
        var to = At("b", 2021, rate: 800, perHour: 14.40m);

        var decline = Decline.Between(from, to)!;

        Assert.Equal((2d, 8d, 0.25), (decline.TimesCheaper, decline.Efficiency, decline.Price));
        Assert.Equal(1250, decline.UsdPerBillionAtConstantPrice, 1e-9);
        Assert.Equal((12d, 4d), (decline.HalvingMonths!.Value, decline.HalvingMonthsAtConstantPrice!.Value));
    }

    [Fact]
    public void What_became_dearer_has_no_halving_time()
    {
        var decline = Decline.Between(At("a", 2020, 100, 1), At("b", 2021, 100, 2))!;

        Assert.Equal((0.5, 1d, 0.5), (decline.TimesCheaper, decline.Efficiency, decline.Price));
        Assert.Null(decline.HalvingMonths);
        Assert.Null(decline.HalvingMonthsAtConstantPrice);
    }

    [Fact]
    public void Without_a_cost_a_throughput_or_a_later_date_nothing_is_said()
    {
        var reference = At("a", 2020, 100, 1);

        Assert.Null(Decline.Between(reference, At("b", 2019, 100, 1)));
        Assert.Null(Decline.Between(reference, reference));
        Assert.Null(Decline.Between(reference, ReferenceCatalog.Default.Find("mlperf-v5.1-ort-cpu")!));
        Assert.Null(Decline.Between(reference, ReferenceCatalog.Default.Find("energy-floor")!));
    }

    [Fact]
    public void DAWNBenchs_record_fell_by_efficiency_alone_while_an_hour_became_dearer()
    {
        var decline = Decline.Between(
            ReferenceCatalog.Default.Find("dawnbench-2017-11-k80")!,
            ReferenceCatalog.Default.Find("dawnbench-2019-10-t4")!
        )!;

        // 7,310 / 312; 29.24 ms / 0.637316 ms; 0.90 USD/hour became 1.76.
        Assert.Equal(
            (23.43, 45.88, 0.51),
            (Math.Round(decline.TimesCheaper, 2), Math.Round(decline.Efficiency, 2), Math.Round(decline.Price, 2))
        );
    }

    private static Reference At(string id, double year, double rate, decimal perHour)
    {
        var reference = new Reference
        {
            Id = id,
            Year = year,
            Kind = "record",
            Label = id,
            Source = "here",
            Model = "ResNet-50",
            Scope = "model",
            Batch = "1",
            Precision = "fp32",
            ImagesPerSecond = rate,
            UsdPerHour = perHour,
        };
        return reference with { UsdPerBillion = reference.At(perHour) };
    }
}
