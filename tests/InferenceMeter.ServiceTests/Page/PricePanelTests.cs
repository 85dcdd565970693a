using InferenceMeter.ServiceTests.Api;
using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>The price of the machine, and the form that sets it.</summary>
[Collection(PageCollection.Name)]
public sealed class PricePanelTests(Browser browser, PageMeter shared)
{
    private const string Key = "open sesame";

    [ToolFact(Browser.Chromium)]
    public async Task The_price_is_the_meters_with_its_source_and_day()
    {
        using var api = shared.Client();
        var price = await MeterApiTests.Json(api, "/api/v1/price");
        await using var page = await browser.OpenAsync(shared.Url);

        await Expect(page.Price).ToHaveTextAsync("$2.49");
        await Expect(page.PriceFacts).ToContainTextAsync($"From{price.GetProperty("source").GetString()}");
        await Expect(page.PriceFacts).ToContainTextAsync($"As of{price.GetProperty("asOf").GetString()}");
    }

    [ToolFact(Browser.Chromium)]
    public async Task It_is_set_with_the_key_and_not_without()
    {
        await using var meter = await NullMeter.StartAsync(apiKey: Key);
        using var api = meter.Client();
        await using var page = await browser.OpenAsync(meter.Url);
        await Expect(page.Price).ToHaveTextAsync("$1.00");

        await page.SetPriceAsync("3.5", "invoice of May");
        await Expect(page.PriceAnswer).ToContainTextAsync("needs the API key");
        Assert.Equal(1, await UsdPerHour(api));

        await page.GiveKeyAsync(Key);
        await page.Button("Set the price").ClickAsync();
        await Expect(page.PriceAnswer).ToHaveTextAsync("The price is $3.50 an hour from now on.");
        await Expect(page.Price).ToHaveTextAsync("$3.50");
        await Expect(page.PriceFacts).ToContainTextAsync("invoice of May");
        Assert.Equal(3.5, await UsdPerHour(api));
    }

    private static async Task<double> UsdPerHour(HttpClient api) =>
        (await MeterApiTests.Json(api, "/api/v1/price")).GetProperty("usdPerHour").GetDouble();
}
