using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceMeter.Reports;
using InferenceMeter.ServiceTests.Api;
using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>The figures at the top, over a meter that runs.</summary>
[Collection(PageCollection.Name)]
public sealed partial class LiveFiguresTests(Browser browser, PageMeter meter)
{
    [ToolFact(Browser.Chromium)]
    public async Task They_are_those_of_the_last_reading_and_go_on()
    {
        using var api = meter.Client();
        await using var page = await browser.OpenAsync(meter.Url, prepare: QuietMachine.Prepare);
        await Expect(page.State).ToHaveTextAsync("steady");

        var before = await Classified(api);
        var (_, read) = await Eventually.GetAsync(
            () => ShownAndRead(page),
            pair => pair.Shown == pair.Read && pair.Read.Images >= before,
            expected: "what the page shows is the last reading"
        );
        Assert.InRange(read.Images, before, await Classified(api));

        var images = await page.Images.InnerTextAsync();
        await Expect(page.Images).Not.ToHaveTextAsync(images);
        await Expect(page.Tab).ToHaveTitleAsync(CostTitle());
        Assert.Empty(page.Errors);
    }

    [ToolFact(Browser.Chromium)]
    public async Task They_say_of_which_machine_model_and_program_they_are()
    {
        using var api = meter.Client();
        await using var page = await browser.OpenAsync(meter.Url);
        var engine = (await MeterApiTests.Json(api, "/api/v1/meter")).GetProperty("engine");

        foreach (var part in new[] { "model", "precision", "provider", "deviceName" })
            await Expect(page.Machine).ToContainTextAsync(engine.GetProperty(part).GetString()!);
        await Expect(page.Machine).ToContainTextAsync($"batch {engine.GetProperty("batchSize").GetInt32()}");
        await Expect(page.Accuracy).ToHaveTextAsync("none weights, not checked");
        await Expect(page.Build).ToContainTextAsync(engine.GetProperty("version").GetString()!);
        await Expect(page.Build).ToContainTextAsync(engine.GetProperty("onnxRuntime").GetString()!);
    }

    [ToolFact(Browser.Chromium)]
    public async Task They_do_not_move_what_is_around_them()
    {
        await using var page = await browser.OpenAsync(meter.Url, prepare: QuietMachine.Prepare);
        await Expect(page.State).ToHaveTextAsync("steady");
        await Expect(page.RecordNote).ToContainTextAsync("claimed");
        await page.Tab.EvaluateAsync(
            """
            () => {
                window.shift = 0;
                new PerformanceObserver(list => {
                    for (const entry of list.getEntries()) window.shift += entry.value;
                }).observe({ type: 'layout-shift', buffered: false });
                window.updates = 0;
                new MutationObserver(() => window.updates++).observe(document.querySelector('#images'),
                    { childList: true, characterData: true, subtree: true });
            }
            """
        );
        await Eventually.GetAsync(() => page.Tab.EvaluateAsync<int>("window.updates"), updates => updates >= 5);

        Assert.Equal(0, await page.Tab.EvaluateAsync<double>("window.shift"), 0.001);
    }

    /// <summary>What the page shows, and what it should show of the reading that it has at the same instant.</summary>
    private static async Task<(ShownFigures Shown, ShownFigures Read)> ShownAndRead(MeterPage page)
    {
        var both = JsonElement.Parse(
            await page.Tab.EvaluateAsync<string>(
                """
                JSON.stringify({
                    cost: document.querySelector('#cost').textContent,
                    images: document.querySelector('#images').textContent,
                    parts: document.querySelectorAll('#money .row').length,
                    reading: window.lastReading,
                })
                """
            )
        );
        var reading = both.GetProperty("reading");
        var shown = new ShownFigures(
            both.GetProperty("cost").GetString()!,
            // As 28,661, 1 failed.
            long.Parse(
                both.GetProperty("images").GetString()!.Split(", ")[0],
                NumberStyles.Number,
                CultureInfo.InvariantCulture
            ),
            both.GetProperty("parts").GetInt32()
        );
        var read = new ShownFigures(
            Figures.Usd(reading.GetProperty("costs")[0].GetProperty("usdPerBillionImages").GetDecimal()),
            reading.GetProperty("images").GetProperty("ok").GetInt64(),
            reading.TryGetProperty("money", out var money) ? money.GetArrayLength() : 0
        );
        return (shown, read);
    }

    private static async Task<long> Classified(HttpClient api) =>
        (await MeterApiTests.Json(api, "/api/v1/meter")).GetProperty("images").GetProperty("ok").GetInt64();

    private sealed record ShownFigures(string Cost, long Images, int MoneyRows);

    [GeneratedRegex(@"^\$[0-9,.]+ per billion images", RegexOptions.None, 1000)]
    private static partial Regex CostTitle();
}
