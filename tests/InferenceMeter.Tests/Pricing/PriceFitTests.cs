using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Book;

namespace InferenceMeter.Tests.Pricing;

public sealed class PriceFitTests
{
    [Fact]
    public void Coreweave_rents_machines_of_eight_so_its_price_is_eight_times_that_of_a_gpu()
    {
        var price = PriceBook.ToPrice(Find("coreweave", "H100"));

        // 8 x 6.155.
        Assert.Equal((49.24m, 8), (price.UsdPerHour, price.Gpus));
        Assert.Null(price.Buys);
        Assert.Equal(50.44m, Find("coreweave", "H200").PerHour.Usd);
    }

    [Fact]
    public void A_single_gpu_says_that_it_is_no_machine()
    {
        var row = Find("runpod-community", "H100-SXM");

        Assert.Equal(("1 GPU", "1 GPU (H100) with its share of a machine"), (row.Buys, PriceBook.ToPrice(row).Buys));
        Assert.Equal("machine", Find("lambda", "gpu_8x_h100_sxm5").Buys);
        Assert.Equal("machine", Find("aws", "g6.xlarge").Buys);
    }

    [Fact]
    public async Task Several_gpus_of_a_row_that_is_sold_by_the_gpu_cost_as_many_times_as_much()
    {
        var query = new PriceQuery("runpod-community", "H100-SXM", null, PurchaseOption.OnDemand);

        var price = await new InstancePriceSource(PriceBook.Shipped, query, gpus: 4).ReadAsync(default);

        Assert.Equal((10.76m, 4), (price.UsdPerHour, price.Gpus));
    }

    [Theory]
    [InlineData("coreweave", "H100", 4, "is sold 8 GPUs at a time; 4 cannot be bought")]
    [InlineData("aws", "p5.48xlarge", 4, "is a whole machine with 8 GPUs")]
    public void What_cannot_be_bought_is_an_error(string cloud, string instance, int gpus, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<PriceException>(() => Find(cloud, instance).WithGpus(gpus)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(
        "aws",
        "c7i.24xlarge",
        0,
        2,
        "the price is that of a machine with 96 vCPUs (c7i.24xlarge), 2 processors are here"
    )]
    [InlineData("aws", "c7i.large", 0, 2, null)]
    [InlineData("coreweave", "H100", 1, 64, "the price pays for 8 GPUs, 1 is used")]
    [InlineData("runpod-community", "H100-SXM", 8, 64, "the price pays for 1 GPU, 8 are used")]
    [InlineData("aws", "c7i.large", 1, 2, "the price pays for 0 GPUs, 1 is used")]
    [InlineData("coreweave", "H100", null, 64, null)]
    public void A_machine_that_is_not_the_one_here_is_named(
        string cloud,
        string instance,
        int? gpus,
        int cpus,
        string? expected
    ) =>
        Assert.Equal(
            expected is null ? [] : [expected],
            PriceFit.Mismatches(PriceBook.ToPrice(Find(cloud, instance)), gpus, cpus)
        );

    private static PriceRow Find(string cloud, string instance) =>
        PriceBook.Shipped.Find(new PriceQuery(cloud, instance, null, PurchaseOption.OnDemand));
}
