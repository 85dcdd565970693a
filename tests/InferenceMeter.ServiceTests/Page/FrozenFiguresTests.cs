using System.Text.Json.Nodes;
using InferenceMeter.Reports;
using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>What the page makes of one reading.</summary>
[Collection(PageCollection.Name)]
public sealed class FrozenFiguresTests(Browser browser, PageMeter meter)
{
    private const double AnyRate = 100;
    private const decimal AnyCost = 1000;

    [ToolTheory(Browser.Chromium)]
    [InlineData(12_363.4)]
    [InlineData(1_000)]
    [InlineData(999.994)]
    [InlineData(4.123)]
    [InlineData(0.1)]
    [InlineData(0.0312)]
    [InlineData(0.000021)]
    public async Task A_cost_and_its_interval_are_written_as_the_reports_write_them(double usd)
    {
        var cost = (decimal)usd;
        await using var page = await Open(reading => reading.Steady(AnyRate, cost));

        await Expect(page.Cost).ToHaveTextAsync(Figures.Usd(cost));
        await Expect(page.CostInterval)
            .ToHaveTextAsync(
                $"{Figures.Usd(cost * 0.9m)} to {Figures.Usd(cost * 1.1m)}, 95 %, last 1m, pipeline scope"
            );
        await Expect(page.Tab).ToHaveTitleAsync($"{Figures.Usd(cost)} per billion images · InferenceMeter");
    }

    [ToolTheory(Browser.Chromium)]
    [InlineData(96_029.4)]
    [InlineData(100.4)]
    [InlineData(99.96)]
    [InlineData(15.94)]
    [InlineData(9.994)]
    [InlineData(0.5)]
    public async Task A_rate_and_its_interval_are_written_as_the_reports_write_them(double rate)
    {
        await using var page = await Open(reading => reading.Steady(rate, AnyCost));

        await Expect(page.Rate).ToHaveTextAsync(Figures.Rate(rate));
        await Expect(page.RateInterval).ToHaveTextAsync($"± {Figures.Rate(rate * 0.1)}, 95 %, last 1m");
    }

    [ToolFact(Browser.Chromium)]
    public async Task Counts_and_money_are_those_of_the_reading()
    {
        await using var page = await Open(reading =>
        {
            reading.Steady(AnyRate, AnyCost).WithCost("busy", "1m", 900).WithCost("capacity", "start", 850);
            reading.WithCost("wall", "10s", 1100);
            reading.Json["spentUsd"] = 12.5;
            reading.Json["images"]!["ok"] = 1_234_567;
            reading.Json["images"]!["failed"] = 3;
            reading.Json["images"]!["rejected"] = 2;
            reading.Json["money"] = new JsonArray(Part("decode", 50, 0.05), Part("infer", 950, 0.95));
        });

        await Expect(page.Images).ToHaveTextAsync("1,234,567, 3 failed, 2 turned away");
        await Expect(page.Spent).ToHaveTextAsync("$12.50");
        await Expect(page.MoneyRows).ToHaveTextAsync(["decode$50.00 · 5.0 %", "infer$950.00 · 95.0 %"]);
        // Of the window at the top, and those that have no such window.
        await Expect(page.CostRows)
            .ToHaveTextAsync([
                "wall: all time1m$1,000",
                "busy: working time only1m$900.00",
                "capacity: at the best rate herestart$850.00",
            ]);
    }

    [ToolFact(Browser.Chromium)]
    public async Task What_lowers_the_worth_of_a_figure_is_on_it()
    {
        await using var page = await Open(reading =>
        {
            var json = reading.Json;
            json["marks"] = new JsonArray("the price is 120 days old <img src=x onerror=alert(1)>");
            json["broken"] = "the session fails again and again";
            json["costs"] = new JsonArray();
            json["price"]!["stale"] = true;
            json["price"]!["ageDays"] = 120;
            json["engine"]!["devices"]![0]!["throttled"] = true;
            json["engine"]!["devices"]![0]!["throttleReasons"] = new JsonArray("hw_thermal");
        });

        await Expect(page.State).ToHaveTextAsync("broken");
        await Expect(page.StateReason).ToHaveTextAsync("the session fails again and again");
        // Text, not an element: nothing that a meter says is parsed as HTML.
        await Expect(page.Warnings.First).ToHaveTextAsync("the price is 120 days old <img src=x onerror=alert(1)>");
        await Expect(page.Cost).ToHaveTextAsync(MeterPage.NoFigure);
        await Expect(page.PriceFacts).ToContainTextAsync("STALE (120 days old)");
        await Expect(page.Devices).ToContainTextAsync("Throttledhw_thermal");
        Assert.Empty(page.Errors);
    }

    private async Task<MeterPage> Open(Action<FrozenReading> change)
    {
        using var api = meter.Client();
        var reading = await FrozenReading.TakeAsync(api);
        change(reading);
        return await reading.OpenAsync(browser, meter.Url);
    }

    private static JsonObject Part(string stage, decimal usd, double share) =>
        new()
        {
            ["stage"] = stage,
            ["usdPerBillionImages"] = usd,
            ["share"] = share,
        };
}
