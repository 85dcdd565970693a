using System.Text.RegularExpressions;
using InferenceMeter.Pricing;
using InferenceMeter.Reports;
using InferenceMeter.ServiceTests.Api;
using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>The curves over time, and the public record with its tables.</summary>
[Collection(PageCollection.Name)]
public sealed partial class ChartTests(Browser browser, PageMeter meter)
{
    [ToolFact(Browser.Chromium)]
    public async Task Cost_and_rate_have_a_curve_of_the_chosen_span()
    {
        await using var page = await browser.OpenAsync(meter.Url);
        await Expect(page.CostCurve).ToHaveAttributeAsync("d", CurveOfTwo());
        await Expect(page.RateCurve).ToHaveAttributeAsync("d", CurveOfTwo());

        await page.Button("1 h").ClickAsync();

        await Expect(page.Button("1 h")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(page.Button("5 min")).ToHaveAttributeAsync("aria-pressed", "false");
        await Expect(page.Tab.Locator("#cost-chart svg")).ToHaveAttributeAsync("aria-label", CostOfAnHour());
        await Expect(page.Tab.Locator("#rate-chart svg")).ToHaveAttributeAsync("aria-label", RateOfAnHour());
    }

    [ToolFact(Browser.Chromium)]
    public async Task The_record_has_each_reference_in_the_drawing_and_in_the_table()
    {
        using var api = meter.Client();
        var answer = await MeterApiTests.Json(api, "/api/v1/references");
        var known = ReferenceCatalog.Default;
        await using var page = await browser.OpenAsync(meter.Url);
        await Expect(page.Tab.Locator("#references tbody tr"))
            .ToHaveCountAsync(answer.GetProperty("references").GetArrayLength());

        Assert.Equal(
            known.Priced.Select(CostPlot.Title).Order(StringComparer.Ordinal),
            (await page.TextsAsync("#since-chart title")).Order(StringComparer.Ordinal)
        );
        Assert.All(
            known.References.Zip(await page.TextsAsync("#references tbody tr")),
            pair =>
            {
                var (reference, row) = pair;
                Assert.StartsWith(reference.Label, row, StringComparison.Ordinal);
                Assert.Contains(
                    $"{reference.Model}, scope {reference.Scope}, batch {reference.Batch}, {reference.Precision}",
                    row,
                    StringComparison.Ordinal
                );
                Assert.Contains(
                    reference.UsdPerBillion is null ? "no price on file" : Figures.Reference(reference),
                    row,
                    StringComparison.Ordinal
                );
                Assert.Contains(reference.Source, row, StringComparison.Ordinal);
            }
        );
        await Expect(page.Tab.Locator("#since-chart text.claimed"))
            .ToHaveTextAsync("ark-2019: claimed, not reproduced");
    }

    [ToolFact(Browser.Chromium)]
    public async Task Without_a_model_this_machine_is_not_drawn_and_not_compared()
    {
        await using var page = await browser.OpenAsync(meter.Url);

        await Expect(page.RecordNote).ToContainTextAsync("Nothing is compared: no model is run");
        await Expect(page.Tab.Locator("#since-chart .here")).ToHaveCountAsync(0);
    }

    [ToolFact(Browser.Chromium)]
    public async Task Training_and_rates_have_a_row_for_each_that_is_on_file()
    {
        var known = ReferenceCatalog.Default;
        await using var page = await browser.OpenAsync(meter.Url);
        await Expect(page.Tab.Locator("#training tbody tr")).ToHaveCountAsync(known.Training.Count);
        await Expect(page.Tab.Locator("#rates tbody tr")).ToHaveCountAsync(known.Trends.Count);

        var training = await page.TextsAsync("#training tbody tr");
        Assert.All(known.Training, one => Assert.Contains(training, row => Has(row, one.Label, Figures.Usd(one.Usd))));
        var rates = await page.TextsAsync("#rates tbody tr");
        Assert.All(
            known.Trends,
            one => Assert.Contains(rates, row => Has(row, one.Label, $"{one.HalvingMonths:0.00}"))
        );
    }

    private static bool Has(string row, string label, string figure) =>
        row.Contains(label, StringComparison.Ordinal) && row.EndsWith(figure, StringComparison.Ordinal);

    [GeneratedRegex("M[^M]+L", RegexOptions.None, 1000)]
    private static partial Regex CurveOfTwo();

    [GeneratedRegex("^Cost of a billion images over the last 1h; now ", RegexOptions.None, 1000)]
    private static partial Regex CostOfAnHour();

    [GeneratedRegex("^Images per second over the last 1h; now ", RegexOptions.None, 1000)]
    private static partial Regex RateOfAnHour();
}
