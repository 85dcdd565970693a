using System.Text.Json.Nodes;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Feeds;

namespace InferenceMeter.Tests.Pricing.Feeds;

/// <summary>A machine has a dozen prices in Azure's list; only one is its own.</summary>
public sealed class AzurePriceChoiceTests : FeedTests
{
    private static readonly JsonObject[] Everything =
    [
        Item(0.615m),
        Item(0.799m, ("meterId", "windows"), ("productName", "Virtual Machines NCasT4 v3 Series Windows")),
        Item(0.7m, ("meterId", "cs"), ("productName", "NCasT4 v3 Series CloudServices")),
        Item(0.18m, ("meterId", "spot"), ("skuName", "NC4as T4 v3 Spot"), ("meterName", "NC4as T4 v3 Spot")),
        Item(
            0.21m,
            ("meterId", "spot-w"),
            ("skuName", "NC4as T4 v3 Spot"),
            ("productName", "Virtual Machines NCasT4 v3 Series Windows")
        ),
        Item(
            0.123m,
            ("meterId", "low"),
            ("skuName", "NC4as T4 v3 Low Priority"),
            ("meterName", "NC4as T4 v3 Low Priority")
        ),
        Item(0.5m, ("meterId", "dev"), ("type", "DevTestConsumption")),
        Item(3434m, ("type", "Reservation"), ("reservationTerm", "1 Year")),
        Item(6619m, ("type", "Reservation"), ("reservationTerm", "3 Years")),
        Item(9.99m, ("meterId", "else"), ("armSkuName", "Standard_NC64as_T4_v3")),
        Item(8.88m, ("meterId", "where"), ("armRegionName", "eastus")),
    ];

    [Theory]
    [InlineData(PurchaseOption.OnDemand, 0.615)]
    [InlineData(PurchaseOption.Spot, 0.18)]
    [InlineData(PurchaseOption.Reserved1Year, 3434.0 / 8760)]
    [InlineData(PurchaseOption.Reserved3Years, 6619.0 / 26_280)]
    public async Task Of_all_prices_of_a_machine_the_one_that_was_asked_for_is_found(
        PurchaseOption purchase,
        double expected
    )
    {
        await using var server = new LocalServer(Page(Everything));

        var answer = await FindAsync(server, Key with { Purchase = purchase });

        Assert.Equal(expected, (double)answer.PerHour.Usd, 12);
        Assert.Equal(new DateOnly(2021, 11, 1), answer.EffectiveFrom);
    }

    [Fact]
    public async Task The_latest_price_that_is_not_of_the_future_is_in_force()
    {
        await using var server = new LocalServer(
            Page(
                Item(0.6m, ("effectiveStartDate", "2024-01-01T00:00:00Z")),
                Item(0.7m, ("effectiveStartDate", "2026-11-01T00:00:00Z")),
                Item(0.8m, ("effectiveStartDate", "2026-12-01T00:00:00Z"))
            )
        );

        var answer = await FindAsync(server);

        Assert.Equal((0.7m, new DateOnly(2026, 11, 1)), (answer.PerHour.Usd, answer.EffectiveFrom));
    }

    [Fact]
    public async Task A_price_that_has_ended_is_not_in_force()
    {
        await using var server = new LocalServer(
            Page(Item(0.6m, ("meterId", "old"), ("effectiveEndDate", "2026-01-01T00:00:00Z")), Item(0.7m))
        );

        Assert.Equal(0.7m, (await FindAsync(server)).PerHour.Usd);
    }

    [Fact]
    public async Task A_price_by_the_month_is_spread_over_730_hours()
    {
        await using var server = new LocalServer(Page(Item(730m, ("unitOfMeasure", "1/Month"))));

        Assert.Equal(1m, (await FindAsync(server)).PerHour.Usd);
    }

    [Fact]
    public async Task The_meter_of_its_own_region_is_the_one_that_is_billed()
    {
        await using var server = new LocalServer(
            Page(Item(0.615m), Item(0.4m, ("meterId", "other"), ("isPrimaryMeterRegion", false)))
        );

        Assert.Equal(0.615m, (await FindAsync(server)).PerHour.Usd);
    }

    [Fact]
    public async Task Two_meters_of_the_same_price_are_one_price()
    {
        await using var server = new LocalServer(Page(Item(0.615m), Item(0.615m, ("meterId", "other"))));

        Assert.Equal(0.615m, (await FindAsync(server)).PerHour.Usd);
    }

    [Fact]
    public async Task Of_two_prices_none_is_guessed_and_both_meters_are_named()
    {
        await using var server = new LocalServer(
            Page(Item(0.615m), Item(0.7m, ("meterId", "other"), ("meterName", "NC4as\nT4 Expired")))
        );

        var message = await FailsAsync(() => FindAsync(server));

        Assert.Contains("'NC4as T4 v3'", message, StringComparison.Ordinal);
        Assert.Contains("'NC4as T4 Expired'", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("currencyCode", "EUR", "'EUR'")]
    [InlineData("unitOfMeasure", "100 Hours", "'100 Hours'")]
    [InlineData("effectiveStartDate", "2027-01-01T00:00:00Z", "2027-01-01")]
    [InlineData("effectiveStartDate", "soon", "'soon' is no date")]
    [InlineData("effectiveStartDate", null, "is no date")]
    [InlineData("type", "DevTestConsumption", "none of the 1 prices")]
    [InlineData("armSkuName", "Standard_D2s_v5", "none of the 1 prices")]
    public async Task A_price_that_is_not_what_was_asked_for_is_refused(string field, string? value, string said)
    {
        await using var server = new LocalServer(Page(Item(0.615m, (field, value))));

        Assert.Contains(said, await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1000001")]
    public async Task An_amount_that_cannot_be_is_refused(string usd)
    {
        await using var server = new LocalServer(
            Page(Item(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture)))
        );

        Assert.Contains("cannot be", await FailsAsync(() => FindAsync(server)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reservation_by_the_month_is_not_understood_and_so_refused()
    {
        await using var server = new LocalServer(
            Page(Item(300m, ("type", "Reservation"), ("reservationTerm", "1 Year"), ("unitOfMeasure", "1/Month")))
        );

        Assert.Contains(
            "'1/Month'",
            await FailsAsync(() => FindAsync(server, Key with { Purchase = PurchaseOption.Reserved1Year })),
            StringComparison.Ordinal
        );
    }
}
