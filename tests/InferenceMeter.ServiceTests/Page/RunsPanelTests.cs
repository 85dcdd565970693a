using InferenceMeter.ServiceTests.Api;
using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>Runs that are started, cancelled and compared on the page.</summary>
[Collection(PageCollection.Name)]
public sealed class RunsPanelTests(Browser browser)
{
    [ToolFact(Browser.Chromium)]
    public async Task A_run_is_started_and_cancelled()
    {
        await using var meter = await NullMeter.StartAsync();
        await using var page = await browser.OpenAsync(meter.Url);
        await Expect(page.RunRows).ToHaveTextAsync(["No run yet."]);

        await page.StartRunAsync(seconds: 3600);
        await Expect(page.RunAnswer).ToContainTextAsync("is under way");
        await page.Button("Cancel the run").ClickAsync();

        await Expect(page.RunAnswer).ToHaveTextAsync("The run is cancelled; what it measured is kept.");
        await Expect(page.RunRows).ToHaveCountAsync(1);
        await Expect(page.RunRows.First).ToContainTextAsync("cancelled");
        await Expect(page.Button("Cancel the run")).ToBeHiddenAsync();
    }

    [ToolFact(Browser.Chromium)]
    public async Task Two_chosen_runs_are_compared_as_the_api_compares_them()
    {
        await using var meter = await NullMeter.StartAsync();
        using var api = meter.Client();
        await using var page = await browser.OpenAsync(meter.Url);
        for (var run = 1; run <= 2; run++)
        {
            await page.StartRunAsync(seconds: 1);
            await Expect(page.RunBoxes).ToHaveCountAsync(run, new() { Timeout = 180_000 });
        }

        await page.RunBoxes.Nth(0).CheckAsync();
        await Expect(page.Button("Compare chosen runs")).ToBeDisabledAsync();
        await page.RunBoxes.Nth(1).CheckAsync();
        await page.Button("Compare chosen runs").ClickAsync();

        await Expect(page.ComparisonText).ToContainTextAsync("images/s");
        var runs = (await MeterApiTests.Json(api, "/api/v1/runs")).GetProperty("runs").EnumerateArray();
        var query = string.Join('&', runs.Select(run => $"run={run.GetProperty("id").GetString()}"));
        Assert.Equal(
            await api.GetStringAsync($"/api/v1/comparison?{query}&format=text"),
            await page.ComparisonText.TextContentAsync()
        );
        await Expect(page.Tab.Locator("#comparison-report"))
            .ToHaveAttributeAsync("href", $"api/v1/comparison?{query}&format=html");
        using var report = await api.GetAsync($"/api/v1/comparison?{query}&format=html");
        Assert.Equal("text/html", report.Content.Headers.ContentType!.MediaType);
    }
}
