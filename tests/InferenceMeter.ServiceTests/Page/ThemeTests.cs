using Microsoft.Playwright;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>Light and dark.</summary>
[Collection(PageCollection.Name)]
public sealed class ThemeTests(Browser browser, PageMeter meter)
{
    [ToolFact(Browser.Chromium)]
    public async Task The_theme_is_the_systems_until_one_is_chosen()
    {
        await using var page = await browser.OpenAsync(meter.Url, ColorScheme.Light);
        Assert.Equal("light", await page.ThemeAsync());

        await page.Tab.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });

        await Eventually.GetAsync(page.ThemeAsync, theme => theme == "dark");
    }

    [ToolFact(Browser.Chromium)]
    public async Task A_chosen_theme_stays()
    {
        await using var page = await browser.OpenAsync(meter.Url, ColorScheme.Light);

        await page.Button("Dark").ClickAsync();
        Assert.Equal("dark", await page.ThemeAsync());

        await page.Tab.ReloadAsync();
        Assert.Equal("dark", await page.ThemeAsync());
    }
}
