using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Feeds;

namespace InferenceMeter.Tests.Pricing.Feeds;

/// <summary>A price that was had once is not lost when the service is.</summary>
public sealed class FeedPriceSourceTests : FeedTests
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"feed-{Guid.NewGuid():N}");
    private bool _broken;

    [Fact]
    public async Task A_fetched_price_says_what_it_is_and_where_it_stands()
    {
        await using var server = Server();

        var price = await Source(server).ReadAsync(CancellationToken.None);

        Assert.Equal(
            (0.615m, PriceSource.Feed, new DateOnly(2026, 11, 23)),
            (price.UsdPerHour, price.Source, price.AsOf)
        );
        Assert.Equal(
            ("azure", "Standard_NC4as_T4_v3", "westeurope", PurchaseOption.OnDemand),
            (price.Cloud, price.Instance, price.Region, price.Purchase)
        );
        Assert.StartsWith(server.Address.AbsoluteUri, price.SourceUrl, StringComparison.Ordinal);
        Assert.Equal("Standard_NC4as_T4_v3 in westeurope, on_demand; in force since 2021-11-01", price.Note);
        Assert.Equal(
            ["azure.standard_nc4as_t4_v3@westeurope.on_demand.json"],
            Directory.GetFiles(_folder).Select(Path.GetFileName)
        );
        Cleanup();
    }

    [Fact]
    public async Task The_last_price_is_kept_with_its_own_day_and_the_reason()
    {
        await using var server = Server();
        await Source(server).ReadAsync(CancellationToken.None);
        _broken = true;
        Time.Now = Now.AddDays(3);
        var restarted = Source(server);

        var first = await restarted.ReadAsync(CancellationToken.None);
        Time.Now = Now.AddDays(4);
        var second = await restarted.ReadAsync(CancellationToken.None);

        Assert.Equal((0.615m, new DateOnly(2026, 11, 23)), (first.UsdPerHour, first.AsOf));
        Assert.Equal(4, second.AgeDays(new DateOnly(2026, 11, 27)));
        Assert.Contains(
            "fetched 2026-11-23 12:00 UTC and not renewed since 2026-11-26 12:00 UTC: no price from "
                + "127.0.0.1: it answered 404",
            second.Note,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain('\n', second.Note!);
        Cleanup();
    }

    [Fact]
    public async Task After_the_service_is_back_its_price_is_used_again()
    {
        await using var server = Server();
        var source = Source(server);
        await source.ReadAsync(CancellationToken.None);
        _broken = true;
        await source.ReadAsync(CancellationToken.None);
        _broken = false;
        Time.Now = Now.AddDays(1);

        var price = await source.ReadAsync(CancellationToken.None);

        Assert.Equal(new DateOnly(2026, 11, 24), price.AsOf);
        Assert.DoesNotContain("renewed", price.Note, StringComparison.Ordinal);
        Cleanup();
    }

    [Fact]
    public async Task Without_a_kept_price_there_is_none()
    {
        await using var server = Server();
        _broken = true;

        Assert.Contains(
            "answered 404",
            await FailsAsync(() => Source(server).ReadAsync(CancellationToken.None)),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("\0\0\0\0")]
    [InlineData("{\"usd_per_hour\": 1}")]
    [InlineData(
        "{\"format\": \"inference-meter-feed-price-1\", \"cloud\": \"azure\", \"instance\": "
            + "\"Standard_NC4as_T4_v3\", \"region\": \"westeurope\", \"purchase\": \"on_demand\", "
            + "\"usd_per_hour\": -1, \"fetched\": \"2026-01-01T00:00:00Z\", \"effective_from\": \"2026-01-01\", "
            + "\"query\": \"https://prices.example/\"}"
    )]
    [InlineData(
        "{\"format\": \"inference-meter-feed-price-1\", \"cloud\": \"azure\", \"instance\": "
            + "\"Standard_D2s_v5\", \"region\": \"westeurope\", \"purchase\": \"on_demand\", \"usd_per_hour\": "
            + "1, \"fetched\": \"2026-01-01T00:00:00Z\", \"effective_from\": \"2026-01-01\", \"query\": "
            + "\"https://prices.example/\"}"
    )]
    [InlineData(
        "{\"format\": \"inference-meter-feed-price-1\", \"cloud\": \"azure\", \"instance\": "
            + "\"Standard_NC4as_T4_v3\", \"region\": \"westeurope\", \"purchase\": \"on_demand\", "
            + "\"usd_per_hour\": 1, \"fetched\": \"2026-01-01T00:00:00Z\", \"effective_from\": \"2026-01-01\", "
            + "\"query\": \"javascript:alert(1)\"}"
    )]
    public async Task A_file_that_is_not_ours_is_no_price(string text)
    {
        await using var server = Server();
        _broken = true;
        Directory.CreateDirectory(_folder);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "azure.standard_nc4as_t4_v3@westeurope.on_demand.json"),
            text
        );

        await FailsAsync(() => Source(server).ReadAsync(CancellationToken.None));
        _broken = false;

        Assert.Equal(0.615m, (await Source(server).ReadAsync(CancellationToken.None)).UsdPerHour);
        _broken = true;
        Assert.Equal(0.615m, (await Source(server).ReadAsync(CancellationToken.None)).UsdPerHour);
        Cleanup();
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_does_not_stop_the_price()
    {
        await using var server = Server();
        // A file in the folder's place: also the superuser cannot write there.
        await File.WriteAllTextAsync(_folder, "");

        var price = await Source(server).ReadAsync(CancellationToken.None);

        Assert.Equal(0.615m, price.UsdPerHour);
        Assert.Contains("could not be kept", price.Note, StringComparison.Ordinal);
        Assert.Empty(FeedRefresh.ReadAll(_folder));
        _broken = true;
        await FailsAsync(() => Source(server).ReadAsync(CancellationToken.None));
        File.Delete(_folder);
    }

    [Fact]
    public async Task A_refresh_that_cannot_keep_a_price_has_both_the_price_and_the_error()
    {
        await using var server = Server();
        await File.WriteAllTextAsync(_folder, "");

        var (_, price, error) = Assert.Single(
            await new FeedRefresh(Feed(server), _folder, Time)
                .RefreshAsync([Key], CancellationToken.None)
                .ToArrayAsync()
        );

        Assert.Equal(0.615m, price?.UsdPerHour);
        Assert.Contains("could not be kept", error, StringComparison.Ordinal);
        File.Delete(_folder);
    }

    [Fact]
    public async Task A_refresh_fetches_each_machine_once_and_goes_on_after_a_failure()
    {
        await using var server = Server();
        var spot = Key with { Purchase = PurchaseOption.Spot };
        var unknown = Key with { Instance = "Standard_None" };
        var refresh = new FeedRefresh(Feed(server), _folder, Time);

        var all = await refresh.RefreshAsync([Key, unknown, Key, spot], CancellationToken.None).ToArrayAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder, "azure.junk.json"), "junk");
        var kept = FeedRefresh.ReadAll(_folder);

        Assert.Equal([Key, unknown, spot], all.Select(one => one.Key));
        Assert.Equal([0.615m, null, 0.18m], all.Select(one => one.Price?.UsdPerHour));
        Assert.Equal([true, false, true], all.Select(one => one.Error is null));
        Assert.Contains("Standard_None", all[1].Error, StringComparison.Ordinal);
        Assert.Equal([0.615m, 0.18m], [kept[Key].UsdPerHour, kept[spot].UsdPerHour]);
        Assert.Equal(2, kept.Count);
        Assert.Equal(new DateOnly(2026, 11, 23), kept[Key].AsOf);
        Assert.DoesNotContain(Directory.GetFiles(_folder), file => file.EndsWith(".tmp", StringComparison.Ordinal));
        Cleanup();
    }

    [Fact]
    public void No_folder_holds_no_prices() => Assert.Empty(FeedRefresh.ReadAll(_folder));

    private FeedPriceSource Source(LocalServer server) => new(Feed(server), Key, _folder, TimeSpan.FromHours(24), Time);

    private LocalServer Server() =>
        new(
            (context, _) =>
                _broken
                    ? LocalServer.TextAsync(context, "", 404)
                    : LocalServer.TextAsync(
                        context,
                        Page(Item(0.615m), Item(0.18m, ("meterId", "spot"), ("skuName", "NC4as T4 v3 Spot")))
                    )
        );

    private void Cleanup() => Directory.Delete(_folder, recursive: true);
}
