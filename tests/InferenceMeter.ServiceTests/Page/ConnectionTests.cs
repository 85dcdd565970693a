using System.Text.RegularExpressions;
using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>A meter that goes and comes back, and one that wants a key.</summary>
[Collection(PageCollection.Name)]
public sealed partial class ConnectionTests(Browser browser)
{
    private const string Key = "open sesame";

    [ToolFact(Browser.Chromium)]
    public async Task When_the_meter_goes_the_page_says_so_and_when_it_comes_back_it_goes_on()
    {
        var first = await NullMeter.StartAsync();
        await using var page = await browser.OpenAsync(first.Url);
        await Expect(page.Images).Not.ToHaveTextAsync(MeterPage.NoFigure);

        await first.KillAsync();
        await first.DisposeAsync();
        await Expect(page.Connection).ToContainTextAsync("Reconnecting … the figures are those of");
        // What was there stays, and looks old.
        await Expect(page.Figures).ToHaveClassAsync(Stale());
        var images = await page.Images.InnerTextAsync();
        Assert.NotEqual(MeterPage.NoFigure, images);

        await using var second = await NullMeter.StartAsync(first.Port);
        await Expect(page.Connection).ToBeHiddenAsync();
        await Expect(page.Figures).Not.ToHaveClassAsync(Stale());
        await Expect(page.Images).Not.ToHaveTextAsync(images);
    }

    [ToolFact(Browser.Chromium)]
    public async Task Where_everything_needs_the_key_the_page_asks_for_it_and_then_shows_figures()
    {
        await using var meter = await NullMeter.StartAsync(apiKey: Key, more: ["--api-key-for", "all"]);
        await using var page = await browser.OpenAsync(meter.Url);
        await Expect(page.KeyDialog).ToBeVisibleAsync();
        await Expect(page.Images).ToHaveTextAsync(MeterPage.NoFigure);

        await page.GiveKeyAsync(Key);

        await Expect(page.Images).Not.ToHaveTextAsync(MeterPage.NoFigure);
        await Expect(page.Connection).ToBeHiddenAsync();
        await Expect(page.KeyDialog).ToBeHiddenAsync();
    }

    [ToolFact(Browser.Chromium)]
    public async Task Whoever_closes_the_dialog_without_a_key_is_not_asked_again()
    {
        await using var meter = await NullMeter.StartAsync(apiKey: Key, more: ["--api-key-for", "all"]);
        await using var page = await browser.OpenAsync(meter.Url);
        await Expect(page.KeyDialog).ToBeVisibleAsync();

        await page.Tab.Keyboard.PressAsync("Escape");
        var refusals = page.Refusals;
        await Eventually.IsTrue(() => page.Refusals >= refusals + 2);

        await Expect(page.KeyDialog).ToBeHiddenAsync();
        await Expect(page.Connection).ToContainTextAsync("key");
    }

    [GeneratedRegex("stale", RegexOptions.None, 1000)]
    private static partial Regex Stale();
}
