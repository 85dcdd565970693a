using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>What loading the page costs.</summary>
[Collection(PageCollection.Name)]
public sealed class WeightTests(Browser browser, PageMeter meter)
{
    /// <summary>The README's claim: all files together, compressed as they are sent.</summary>
    private const int MostBytes = 40_000;

    private const string Resources = "Page/";

    [ToolFact(Browser.Chromium)]
    public async Task It_is_small_and_asks_nothing_of_other_machines()
    {
        await using var page = await browser.OpenAsync(meter.Url);
        await Expect(page.Images).Not.ToHaveTextAsync(MeterPage.NoFigure);

        var files = page
            .Responses.Where(response => !response.Url.Contains("/api/", StringComparison.Ordinal))
            // The icon is that of the tab and of the header.
            .DistinctBy(response => response.Url)
            .ToList();
        // Each file that the program has is one that the page uses.
        Assert.Equal(
            typeof(InferenceMeter.Web.Page.PageFiles)
                .Assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(Resources, StringComparison.Ordinal))
                .Select(name => name == "Page/index.html" ? "/" : $"/page/{name[Resources.Length..]}")
                .Order(StringComparer.Ordinal),
            files.Select(file => new Uri(file.Url).AbsolutePath).Order(StringComparer.Ordinal)
        );
        var bytes = 0;
        foreach (var file in files)
            bytes += (await file.Request.SizesAsync()).ResponseBodySize;
        Assert.InRange(bytes, 1, MostBytes);
        Assert.All(page.Requests, url => Assert.StartsWith(meter.Url, url, StringComparison.Ordinal));
        Assert.Empty(page.Errors);
    }
}
