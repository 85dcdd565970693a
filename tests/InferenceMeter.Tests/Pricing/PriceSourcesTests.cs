using InferenceMeter.Errors;
using InferenceMeter.Pricing;
using InferenceMeter.Tests.Models;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Pricing;

/// <summary>Options that make sources of prices without asking anybody.</summary>
public sealed class PriceSourcesTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_a_price_one_dollar_is_assumed()
    {
        var price = await ReadAsync(Options());

        Assert.Equal((1m, PriceSource.Assumed), (price.UsdPerHour, price.Source));
    }

    [Fact]
    public async Task A_price_per_gpu_is_paid_for_each_that_is_used_unless_another_number_is_paid_for()
    {
        var given = new GivenPriceOptions
        {
            Amount = 2,
            Unit = PriceUnit.GpuHour,
            Rate = new CurrencyRate("EUR", 1.1m, new DateOnly(2026, 1, 1)),
            Written = "2EUR/gpu-hour",
        };

        var used = await ReadAsync(Options() with { Given = given }, gpusUsed: 3);
        var paid = await ReadAsync(Options() with { Given = given with { GpusPaid = 8 } }, gpusUsed: 3);

        Assert.Equal((6.6m, 3, "set by the user: 2EUR/gpu-hour x 3"), (used.UsdPerHour, used.Gpus, used.Note));
        Assert.Equal((17.6m, 8), (paid.UsdPerHour, paid.Gpus));
        Assert.Equal(new DateOnly(2026, 1, 1), used.OldestDate);
    }

    [Fact]
    public async Task A_price_per_gpu_where_none_is_used_says_what_is_missing()
    {
        var given = new GivenPriceOptions
        {
            Amount = 2,
            Unit = PriceUnit.GpuHour,
            Written = "2/gpu-hour",
        };

        var failed = await Assert.ThrowsAsync<PriceException>(() => ReadAsync(Options() with { Given = given }));

        Assert.Contains("the price 2/gpu-hour is for one GPU", failed.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorSubject.GpusPaid, failed.Subject);
    }

    [Fact]
    public async Task Amounts_of_an_owned_machine_and_its_electricity_go_through_the_exchange_rate()
    {
        var options = Options() with
        {
            Origin = PriceOrigin.Owned,
            Owned = new OwnedMachineOptions
            {
                PurchasePrice = 35_040,
                OverheadPerMonth = 365,
                RatedWatts = 1000,
            },
            Tariff = 0.2m,
            Pue = 1.5m,
            Rate = new CurrencyRate("EUR", 2, new DateOnly(2026, 11, 1)),
        };

        var price = await ReadAsync(options);

        Assert.Equal(0.4m, options.UsdPerKwh);
        // Twice 35,040 / (4 x 8,760) + 0.2 x 1.5 + 365 / 730.
        Assert.Equal(3.6m, price.UsdPerHour);
    }

    [Fact]
    public async Task A_users_file_overrides_the_built_in_prices()
    {
        var file = _folder.File("mine.csv");
        await File.WriteAllTextAsync(file, "instance,usd,as_of\ng6.xlarge,0.42,2026-11-01\n");
        var options = Options() with
        {
            Origin = PriceOrigin.Instance,
            Rented = new RentedMachineOptions { Instance = "g6.xlarge" },
        };

        var builtIn = await ReadAsync(options);
        var own = await ReadAsync(options with { UserFile = file });

        Assert.Equal((0.8048m, 0.42m), (builtIn.UsdPerHour, own.UsdPerHour));
    }

    private PriceOptions Options() => new() { FetchedFolder = _folder.File("prices") };

    private async Task<Price> ReadAsync(PriceOptions options, int? gpusUsed = null)
    {
        using var sources = new PriceSources(options, _time);
        return await sources.Open(gpusUsed, () => null).ReadAsync(CancellationToken.None);
    }
}
