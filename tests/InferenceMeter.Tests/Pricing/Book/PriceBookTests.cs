using InferenceMeter.Errors;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Book;

namespace InferenceMeter.Tests.Pricing.Book;

public sealed class PriceBookTests
{
    private static readonly DateOnly Today = new(2026, 11, 23);

    private static readonly PriceBook Book = Of(
        """
        cloud,instance,region,purchase,usd,per,gpus,gpu,as_of,source
        aws,g6.xlarge,us-east-1,on_demand,0.8,hour,1,L4,2026-01-31,https://example.com/a
        aws,g6.xlarge,us-east-1,spot,0.3,hour,1,L4,2026-01-31,https://example.com/a
        aws,g6.xlarge,eu-west-1,on_demand,0.9,hour,1,L4,2026-01-31,https://example.com/a
        aws,t3.medium,us-east-1,on_demand,0.04,hour,,,2026-01-31,https://example.com/a
        gcp,rig,us-central1,on_demand,1,hour,,,2026-01-31,https://example.com/g
        runpod,rig,any,on_demand,2,hour,,,2026-01-31,https://example.com/r
        runpod,H100,any,on_demand,2.5,gpu_hour,1,H100,2026-01-31,https://example.com/r
        """
    );

    [Fact]
    public void A_machine_is_found_by_name_region_and_how_it_is_bought()
    {
        var price = PriceBook.ToPrice(Book.Find(new PriceQuery("AWS", "G6.xlarge", "US-East-1", PurchaseOption.Spot)));

        Assert.Equal(
            (0.3m, PriceSource.Instance, "aws", "g6.xlarge", "us-east-1", PurchaseOption.Spot, 1),
            (price.UsdPerHour, price.Source, price.Cloud, price.Instance, price.Region, price.Purchase, price.Gpus)
        );
        Assert.Equal(
            (new DateOnly(2026, 1, 31), "https://example.com/a", "aws g6.xlarge us-east-1 spot"),
            (price.AsOf, price.SourceUrl, price.Note)
        );
    }

    [Theory]
    [InlineData(
        null,
        "g6.xlarj",
        null,
        PurchaseOption.OnDemand,
        "no price of 'g6.xlarj' is on file; near are g6.xlarge,",
        ErrorSubject.PricedInstance
    )]
    [InlineData(
        "gcp",
        "g6.xlarge",
        null,
        PurchaseOption.OnDemand,
        "no price of 'g6.xlarge' of gcp is on file",
        ErrorSubject.PricedInstance
    )]
    [InlineData(
        null,
        "g6.xlarge",
        "us-east-1",
        PurchaseOption.Reserved1Year,
        "no reserved_1y price of g6.xlarge is on file, only on_demand, spot",
        ErrorSubject.PurchaseOption
    )]
    [InlineData(
        null,
        "g6.xlarge",
        "mars-1",
        PurchaseOption.OnDemand,
        "in mars-1 is on file, only in us-east-1, eu-west-1",
        ErrorSubject.PriceRegion
    )]
    [InlineData(
        null,
        "g6.xlarge",
        "eu-west-1",
        PurchaseOption.Spot,
        "no spot price of g6.xlarge in eu-west-1 is on file, only in us-east-1",
        ErrorSubject.PriceRegion
    )]
    [InlineData(
        null,
        "g6.xlarge",
        null,
        PurchaseOption.OnDemand,
        "has a price in each of us-east-1, eu-west-1; say which",
        ErrorSubject.PriceRegion
    )]
    [InlineData(
        null,
        "rig",
        null,
        PurchaseOption.OnDemand,
        "rig is a machine of gcp and runpod; say which",
        ErrorSubject.PriceCloud
    )]
    public void What_is_not_there_or_not_clear_is_never_guessed(
        string? cloud,
        string instance,
        string? region,
        PurchaseOption purchase,
        string expected,
        ErrorSubject part
    )
    {
        var query = new PriceQuery(cloud, instance, region, purchase);

        var failed = Assert.Throws<PriceException>(() => Book.Find(query));

        Assert.Contains(expected, failed.Message, StringComparison.Ordinal);
        Assert.Equal(part, failed.Subject);
    }

    [Fact]
    public void A_region_need_not_be_said_where_there_is_one_price() =>
        Assert.Equal(0.04m, Book.Find(new PriceQuery(null, "t3.medium", null, PurchaseOption.OnDemand)).PerHour.Usd);

    [Fact]
    public void Users_rows_go_first_and_the_one_that_names_the_place_before_one_for_all()
    {
        var mine = Book.With(
            PriceFile.ParseCsv(
                """
                instance,region,usd,as_of
                g6.xlarge,,0.5,2026-02-01
                g6.xlarge,eu-west-1,0.6,2026-02-01
                rig-7,,0.1,2026-02-01

                """,
                "UserPrices.csv",
                Today
            )
        );

        Assert.Equal(0.6m, Find("eu-west-1"));
        Assert.Equal(0.5m, Find("ap-south-1"));
        Assert.Equal(0.1m, mine.Find(new PriceQuery(null, "RIG-7", null, PurchaseOption.OnDemand)).PerHour.Usd);
        Assert.Equal(0.3m, mine.Find(new PriceQuery(null, "g6.xlarge", "us-east-1", PurchaseOption.Spot)).PerHour.Usd);

        decimal Find(string region) =>
            mine.Find(new PriceQuery(null, "g6.xlarge", region, PurchaseOption.OnDemand)).PerHour.Usd;
    }

    [Fact]
    public void A_fetched_price_replaces_an_older_one_of_the_file_and_nothing_else()
    {
        var fetched = PriceFile.ParseCsv(
            """
            cloud,instance,region,usd,as_of
            aws,t3.medium,us-east-1,0.05,2026-03-01
            aws,g6.xlarge,us-east-1,7,2026-01-01
            aws,new,us-east-1,7,2026-03-01

            """,
            "fetched",
            Today
        );

        var book = Book.Refreshed(fetched);

        Assert.Equal(0.05m, book.Find(new PriceQuery(null, "t3.medium", null, PurchaseOption.OnDemand)).PerHour.Usd);
        Assert.Equal(
            0.8m,
            book.Find(new PriceQuery(null, "g6.xlarge", "us-east-1", PurchaseOption.OnDemand)).PerHour.Usd
        );
        Assert.Throws<PriceException>(() => book.Find(new PriceQuery(null, "new", null, PurchaseOption.OnDemand)));
    }

    [Fact]
    public void Every_price_of_the_program_has_a_date_and_a_public_source()
    {
        Assert.True(PriceBook.Shipped.Rows.Count >= 100, $"{PriceBook.Shipped.Rows.Count} rows");
        Assert.All(
            PriceBook.Shipped.Rows,
            row =>
            {
                Assert.StartsWith("https://", row.Source, StringComparison.Ordinal);
                Assert.InRange(row.AsOf, new DateOnly(2020, 1, 1), Today);
                Assert.InRange(row.PerHour.Usd, 0.001m, 500m);
                Assert.NotEmpty(row.Cloud);
            }
        );
    }

    [Theory]
    [InlineData("Standard_NC6s_v3", null)]
    [InlineData("a3-highgpu-1g", PurchaseOption.OnDemand)]
    public void What_can_no_longer_be_rented_is_not_on_file(string instance, PurchaseOption? purchase) =>
        Assert.DoesNotContain(
            PriceBook.Shipped.Rows,
            row => row.Instance == instance && (purchase is null || row.Purchase == purchase)
        );

    [Fact]
    public void Spot_is_never_dearer_than_on_demand()
    {
        var onDemand = PriceBook
            .Shipped.Rows.Where(row => row.Purchase == PurchaseOption.OnDemand)
            .ToDictionary(row => row.Key with { Purchase = PurchaseOption.Spot });
        Assert.All(
            PriceBook.Shipped.Rows.Where(row => row.Purchase == PurchaseOption.Spot && onDemand.ContainsKey(row.Key)),
            row => Assert.True(row.PerHour.Usd <= onDemand[row.Key].PerHour.Usd, row.ToString())
        );
    }

    [Fact]
    public void A_gpu_clouds_price_is_one_gpus_and_its_machine_costs_as_many_as_it_has()
    {
        var eight = PriceBook.Shipped.Find(new PriceQuery(null, "gpu_8x_h100_sxm5", null, PurchaseOption.OnDemand));

        Assert.Equal((3.99m, PriceUnit.GpuHour, 8, 31.92m), (eight.Amount, eight.Unit, eight.Gpus, eight.PerHour.Usd));
    }

    [Theory]
    [InlineData("aws", "g5.xlarge", "us-east-1", 1.006)]
    [InlineData("aws", "c5.2xlarge", "us-east-1", 0.34)]
    public void Well_known_prices_are_right(string cloud, string instance, string region, double usd) =>
        Assert.Equal(
            (decimal)usd,
            PriceBook.Shipped.Find(new PriceQuery(cloud, instance, region, PurchaseOption.OnDemand)).PerHour.Usd
        );

    private static PriceBook Of(string csv) => PriceBook.Of(PriceFile.ParseCsv(csv, "test.csv", Today));
}
