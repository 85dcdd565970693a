using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using InferenceMeter.Reports;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.Program;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>The page as a person has it, in a browser, over the program.</summary>
public sealed partial class PageTests(Browser browser, PageMeter shared)
    : IClassFixture<Browser>,
        IClassFixture<PageMeter>,
        IDisposable
{
    private const int Kill = 9;
    private const int MostBytes = 300_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly int _port = RunningMeter.FreePort();

    private string Url => $"http://127.0.0.1:{_port}";

    [ToolFact(Browser.Chromium)]
    public async Task Its_figures_are_those_of_the_api_and_they_live()
    {
        using var api = shared.Client();
        await using var open = await browser.OpenAsync(shared.Url, prepare: AsOnAQuietMachine);
        var page = open.Page;

        await Expect(page.Locator("#state")).ToHaveTextAsync("steady", new() { Timeout = 60_000 });
        await Expect(page.Locator("#cost-interval")).ToContainTextAsync("95 %");
        // What is shown is of the reading that the stream sent last, and that is of the API's.
        var before = await Classified(api);
        var read = (
            await Eventually.GetAsync(
                () => ShownAndRead(page),
                pair => pair.Shown == pair.Read && pair.Read.Images >= before,
                expected: "what the page shows is the last reading"
            )
        ).Read;
        Assert.InRange(read.Images, before, await Classified(api));
        var reading = await MeterApiTests.Json(api, "/api/v1/meter");
        Assert.Contains(
            reading.GetProperty("engine").GetProperty("model").GetString()!,
            await open.Text("#machine"),
            StringComparison.Ordinal
        );
        Assert.Equal("$2.49", await open.Text("#price"));
        Assert.Contains("none weights, not checked", await open.Text("#accuracy"), StringComparison.Ordinal);
        Assert.Contains(
            reading.GetProperty("engine").GetProperty("version").GetString()!,
            await open.Text("#build"),
            StringComparison.Ordinal
        );
        await Expect(page.Locator("#bases tbody tr").First).ToContainTextAsync("wall");
        // The drawings have a curve, the references, and this machine.
        await Expect(page.Locator("#cost-chart path.curve"))
            .ToHaveAttributeAsync("d", CurveOfTwo(), new() { Timeout = 30_000 });
        await Expect(page.Locator("#since-chart text.claimed")).ToContainTextAsync("claimed, not reproduced");
        // A null session is no cost of an image: it is neither drawn nor held against anything.
        await Expect(page.Locator("#since-note"))
            .ToContainTextAsync("Nothing is compared: no model is run", new() { Timeout = 30_000 });
        await Expect(page.Locator("#since-chart text.here")).ToHaveCountAsync(0);
        await ItShowsEachReference(open, api);

        var images = await open.Text("#images");
        await Expect(page.Locator("#images")).Not.ToHaveTextAsync(images, new() { Timeout = 30_000 });
        await Expect(page).ToHaveTitleAsync(Title());
        Assert.Empty(open.Errors);
    }

    [ToolFact(Browser.Chromium)]
    public async Task What_it_shows_of_a_reading_is_that_reading_to_the_digit()
    {
        using var api = shared.Client();
        var reading = JsonNode.Parse(await api.GetStringAsync("/api/v1/meter"))!;
        reading["state"] = "steady";
        reading["windows"] = new JsonArray(
            new JsonObject
            {
                ["window"] = "1m",
                ["wallSeconds"] = 60,
                ["busySeconds"] = 60,
                ["images"] = 6000,
                ["imagesPerSecond"] = Interval(100),
            }
        );
        reading["costs"] = new JsonArray(
            new JsonObject
            {
                ["basis"] = "wall",
                ["scope"] = "pipeline",
                ["window"] = "1m",
                ["usdPerBillionImages"] = 0,
                ["low"] = 0,
                ["high"] = 0,
                ["usdPerHour"] = 2.49,
            }
        );

        foreach (var usd in new[] { 12_363.4m, 1_000m, 999.994m, 4.123m, 0.1m, 0.0312m, 0.000021m })
        {
            foreach (var cost in reading["costs"]!.AsArray())
                cost!["usdPerBillionImages"] = usd;
            await using var open = await Frozen(reading);
            await Expect(open.Page.Locator("#cost")).ToHaveTextAsync(Figures.Usd(usd));
        }

        foreach (var rate in new[] { 96_029.4, 100.4, 99.96, 15.94, 9.994, 0.5 })
        {
            foreach (var window in reading["windows"]!.AsArray())
                window!["imagesPerSecond"] = Interval(rate);
            await using var open = await Frozen(reading);
            await Expect(open.Page.Locator("#rate")).ToHaveTextAsync(Figures.Rate(rate));
        }
    }

    [ToolFact(Browser.Chromium)]
    public async Task What_lowers_the_worth_of_a_figure_is_on_it()
    {
        using var api = shared.Client();
        var reading = JsonNode.Parse(await api.GetStringAsync("/api/v1/meter"))!;
        reading["marks"] = new JsonArray("the price is 120 days old <img src=x onerror=alert(1)>");
        reading["broken"] = "the session fails again and again";
        reading["costs"] = new JsonArray();
        reading["price"]!["stale"] = true;
        reading["engine"]!["devices"]![0]!["throttled"] = true;
        reading["engine"]!["devices"]![0]!["throttleReasons"] = new JsonArray("hw_thermal");
        await using var open = await Frozen(reading);

        await Expect(open.Page.Locator("#state")).ToHaveTextAsync("broken");
        await Expect(open.Page.Locator("#state-reason")).ToHaveTextAsync("the session fails again and again");
        await Expect(open.Page.Locator("#marks")).ToContainTextAsync("120 days old <img");
        await Expect(open.Page.Locator("#cost")).ToHaveTextAsync("–");
        await Expect(open.Page.Locator("#price-facts")).ToContainTextAsync("STALE");
        await Expect(open.Page.Locator("#devices")).ToContainTextAsync("hw_thermal");
        Assert.Empty(open.Errors);
    }

    [ToolFact(Browser.Chromium)]
    public async Task It_is_small_and_asks_nothing_of_other_machines()
    {
        await using var open = await browser.OpenAsync(shared.Url);
        await Expect(open.Page.Locator("#images")).Not.ToHaveTextAsync("–");

        var files = open
            .Responses.Where(response => !response.Url.Contains("/api/", StringComparison.Ordinal))
            .ToList();
        long bytes = 0;
        foreach (var file in files)
            bytes += (await file.BodyAsync()).Length;
        Assert.InRange(bytes, 1, MostBytes);
        Assert.All(open.Requests, url => Assert.StartsWith(shared.Url, url, StringComparison.Ordinal));
        Assert.Empty(open.Errors);
    }

    [ToolFact(Browser.Chromium)]
    public async Task When_the_meter_goes_it_says_so_and_when_it_comes_back_it_goes_on()
    {
        var first = await Start();
        await using var open = await browser.OpenAsync(Url);
        await Expect(open.Page.Locator("#images")).Not.ToHaveTextAsync("–");

        first.Signal(Kill);
        await first.Exit();
        await first.DisposeAsync();
        await Expect(open.Page.Locator("#connection")).ToContainTextAsync("Reconnecting", new() { Timeout = 10_000 });
        // What was there stays, and looks old.
        await Expect(open.Page.Locator("#figures")).ToHaveClassAsync(Stale());
        Assert.NotEqual("–", await open.Text("#images"));

        await using var second = await Start();
        await Expect(open.Page.Locator("#connection")).ToBeHiddenAsync(new() { Timeout = 30_000 });
        await Expect(open.Page.Locator("#figures")).Not.ToHaveClassAsync(Stale());
    }

    [ToolFact(Browser.Chromium)]
    public async Task The_price_is_set_with_the_key_and_not_without()
    {
        await using var meter = await Start(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["INFERENCEMETER_API_KEY"] = "open sesame" }
        );
        await using var open = await browser.OpenAsync(Url);
        var page = open.Page;
        await Expect(page.Locator("#price")).ToHaveTextAsync("$1.00");

        await page.GetByLabel("New price, $ an hour").FillAsync("3.5");
        await page.GetByLabel("Where it is from").FillAsync("invoice of May");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the price" }).ClickAsync();
        await Expect(page.Locator("#price-form .answer")).ToContainTextAsync("needs the API key");
        await page.GetByLabel("Key", new() { Exact = true }).FillAsync("open sesame");
        await page.GetByRole(AriaRole.Button, new() { Name = "Use it" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the price" }).ClickAsync();

        await Expect(page.Locator("#price")).ToHaveTextAsync("$3.50");
        await Expect(page.Locator("#price-facts")).ToContainTextAsync("invoice of May");
        using var api = new HttpClient { BaseAddress = new Uri(Url) };
        Assert.Equal(3.5, (await MeterApiTests.Json(api, "/api/v1/price")).GetProperty("usdPerHour").GetDouble());
    }

    [ToolFact(Browser.Chromium)]
    public async Task Where_everything_needs_the_key_the_page_asks_for_it()
    {
        await using var meter = await Start(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["INFERENCEMETER_API_KEY"] = "open sesame" },
            "--api-key-for",
            "all"
        );
        await using var open = await browser.OpenAsync(Url);

        await Expect(open.Page.Locator("#key-dialog")).ToBeVisibleAsync();
        Assert.Equal("–", await open.Text("#images"));
        await open.Page.GetByLabel("Key", new() { Exact = true }).FillAsync("open sesame");
        await open.Page.Keyboard.PressAsync("Enter");

        await Expect(open.Page.Locator("#images")).Not.ToHaveTextAsync("–", new() { Timeout = 20_000 });
        await Expect(open.Page.Locator("#connection")).ToBeHiddenAsync();
    }

    [ToolFact(Browser.Chromium)]
    public async Task Runs_are_started_cancelled_and_compared()
    {
        await using var open = await browser.OpenAsync(shared.Url);
        var page = open.Page;
        var seconds = page.GetByLabel("Measure for");
        for (var run = 1; run <= 2; run++)
        {
            await seconds.FillAsync("1");
            await page.GetByRole(AriaRole.Button, new() { Name = "Start a run" }).ClickAsync();
            await Expect(page.Locator("#runs tbody input")).ToHaveCountAsync(run, new() { Timeout = 180_000 });
        }

        await seconds.FillAsync("3600");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start a run" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel it" }).ClickAsync();
        await Expect(page.Locator("#runs tbody tr").First).ToContainTextAsync("cancelled", new() { Timeout = 20_000 });

        await page.Locator("#runs tbody input").Nth(1).CheckAsync();
        await page.Locator("#runs tbody input").Nth(2).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare those chosen" }).ClickAsync();
        await Expect(page.Locator("#comparison-text")).ToContainTextAsync("images/s");
        using var api = shared.Client();
        using var report = await api.GetAsync(
            new Uri($"/{await page.Locator("#comparison-report").GetAttributeAsync("href")}", UriKind.Relative)
        );
        Assert.Equal("text/html", report.Content.Headers.ContentType!.MediaType);
    }

    [ToolFact(Browser.Chromium)]
    public async Task An_image_is_classified_and_what_is_none_says_why()
    {
        await using var open = await browser.OpenAsync(shared.Url);
        var image = Path.Combine(_folder.FullName, "photo.jpg");
        await File.WriteAllBytesAsync(image, Photos.Jpeg());
        var text = Path.Combine(_folder.FullName, "text.jpg");
        await File.WriteAllTextAsync(text, "no image");

        await open.Page.Locator("#classify input").SetInputFilesAsync(image);
        await Expect(open.Page.Locator("#classes .row")).ToHaveCountAsync(5);
        await Expect(open.Page.Locator("#classes .note")).ToContainTextAsync("decode");
        await Expect(open.Page.Locator("#preview")).ToBeVisibleAsync();
        await open.Page.Locator("#classify input").SetInputFilesAsync(text);
        await Expect(open.Page.Locator("#classes .wrong")).Not.ToBeEmptyAsync();
    }

    [ToolFact(Browser.Chromium)]
    public async Task It_can_be_used_by_everyone_in_both_themes_on_a_wall_and_on_a_phone()
    {
        var picture = Environment.GetEnvironmentVariable("UPDATE_SCREENSHOTS") == "1";
        await using var meter = picture ? await StartPicture() : null;
        foreach (
            var (theme, width, height) in new[]
            {
                (ColorScheme.Light, 1440, 1000),
                (ColorScheme.Dark, 1440, 1000),
                (ColorScheme.Light, 390, 844),
                (ColorScheme.Dark, 390, 844),
            }
        )
        {
            await using var open = picture
                ? await browser.OpenAsync(Url, theme, width, height)
                : await browser.OpenAsync(shared.Url, theme, width, height, AsOnAQuietMachine);
            await Expect(open.Page.Locator("#state")).ToHaveTextAsync("steady", new() { Timeout = 60_000 });
            await Expect(open.Page.Locator("#since-chart .known").First).ToBeVisibleAsync(new() { Timeout = 30_000 });
            await open.Page.EvaluateAsync("document.querySelector('details').open = true");
            await Expect(open.Page.Locator("#cost-chart path.curve"))
                .ToHaveAttributeAsync("d", CurveOfTwo(), new() { Timeout = 30_000 });

            var axe = await open.Page.RunAxe();
            Assert.True(
                axe.Violations.Length == 0,
                string.Join(
                    "; ",
                    axe.Violations.Select(violation =>
                        $"{theme} {width}: {violation.Id} {violation.Help} at "
                        + $"{string.Join(", ", violation.Nodes.Select(node => node.Html))}"
                    )
                )
            );
            // What is wider than the screen, unless it scrolls by itself.
            Assert.Empty(
                await open.Page.EvaluateAsync<string[]>(
                    "[...document.querySelectorAll('body *')].filter(one => !one.closest('.scroll, svg, "
                        + "dialog, .skip') && one.getBoundingClientRect().right > innerWidth + 0.5).map(one => "
                        + "one.outerHTML.slice(0, 120))"
                )
            );
            Assert.True(
                await open.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"),
                $"{theme} {width}: it is wider than the screen"
            );
            // Every control is reached with the keyboard, and shows that it is.
            await open.Page.Keyboard.PressAsync("Tab");
            Assert.Equal(
                "Skip to the figures",
                await open.Page.EvaluateAsync<string>("document.activeElement.textContent")
            );
            Assert.Empty(open.Errors);
            await open.Page.EvaluateAsync("document.activeElement.blur()");
            await Screenshot(
                open.Page,
                $"page-{theme.ToString().ToLowerInvariant()}-{(width < 600 ? "phone" : "wall")}.png"
            );
        }
    }

    [ToolFact(Browser.Chromium)]
    public async Task The_theme_is_a_choice_that_stays()
    {
        await using var open = await browser.OpenAsync(shared.Url, ColorScheme.Light);

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Dark" }).ClickAsync();
        Assert.Equal("dark", await open.Page.EvaluateAsync<string>("document.documentElement.dataset.theme"));
        await open.Page.ReloadAsync();
        Assert.Equal("dark", await open.Page.EvaluateAsync<string>("document.documentElement.dataset.theme"));
    }

    [ToolFact(Browser.Chromium)]
    public async Task Figures_do_not_move_what_is_around_them()
    {
        await using var open = await browser.OpenAsync(shared.Url, prepare: AsOnAQuietMachine);
        await Expect(open.Page.Locator("#state")).ToHaveTextAsync("steady", new() { Timeout = 60_000 });
        await open.Page.EvaluateAsync(
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
        await Eventually.GetAsync(() => open.Page.EvaluateAsync<int>("window.updates"), updates => updates >= 5);

        Assert.InRange(await open.Page.EvaluateAsync<double>("window.shift"), 0, 0.02);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>
    /// For people to look at: beside the tests, and with UPDATE_SCREENSHOTS=1 those of the README anew.
    /// </summary>
    private static async Task Screenshot(IPage page, string name)
    {
        var bytes = await page.ScreenshotAsync(new() { FullPage = true });
        await File.WriteAllBytesAsync(Path.Combine(AppContext.BaseDirectory, name), bytes);
        var committed = Path.Combine(Tests.Repository.Root, "deploy", "images", name);
        if (Environment.GetEnvironmentVariable("UPDATE_SCREENSHOTS") == "1" && File.Exists(committed))
            await File.WriteAllBytesAsync(committed, bytes);
    }

    /// <summary>As a person has it: the built-in model, and some minutes of history.</summary>
    /// <summary>The drawing and the table have each reference as the API and the reports have it.</summary>
    private static async Task ItShowsEachReference(WatchedPage open, HttpClient api)
    {
        var answer = await MeterApiTests.Json(api, "/api/v1/references");
        var drawn = await open.Page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('#since-chart title')].map(one => one.textContent)"
        );
        var table = await open.Page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('#references tbody tr')].map(one => one.textContent)"
        );
        var known = Pricing.ReferenceCatalog.Default;

        Assert.Equal(
            known.Priced.Select(Reports.CostPlot.Title).Order(StringComparer.Ordinal),
            drawn.Order(StringComparer.Ordinal)
        );
        Assert.Equal(answer.GetProperty("references").GetArrayLength(), table.Length);
        Assert.All(
            known.References.Zip(table),
            pair =>
            {
                Assert.Contains(pair.First.Label, pair.Second, StringComparison.Ordinal);
                Assert.Contains(
                    $"{pair.First.Model}, scope {pair.First.Scope}, batch {pair.First.Batch}, {pair.First.Precision}",
                    pair.Second,
                    StringComparison.Ordinal
                );
                Assert.Contains(
                    pair.First.UsdPerBillion is null ? "no price on file" : Figures.Reference(pair.First),
                    pair.Second,
                    StringComparison.Ordinal
                );
                Assert.Contains(pair.First.Source, pair.Second, StringComparison.Ordinal);
            }
        );
        await Expect(open.Page.Locator("#training tbody tr")).ToHaveCountAsync(known.Training.Count);
        await Expect(open.Page.Locator("#training tbody")).ToContainTextAsync("$7.43");
        await Expect(open.Page.Locator("#rates tbody tr")).ToHaveCountAsync(known.Trends.Count);
    }

    private async Task<RunningMeter> StartPicture()
    {
        var meter = new RunningMeter(["--urls", Url]);
        await Delays.CollectHistory(TimeSpan.FromMinutes(5));
        return meter;
    }

    private async Task<RunningMeter> Start(params string[] more) => await Start(null, more);

    private async Task<RunningMeter> Start(Dictionary<string, string>? environment, params string[] more)
    {
        var meter = new RunningMeter(
            ["--session", "null", "--urls", Url, "--synthetic-photos", "8", .. more],
            environment: environment
        );
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        await meter.Until(() => ServeTests.Answers(client, "/healthz/ready"));
        return meter;
    }

    /// <summary>The page over one reading that stays.</summary>
    private Task<WatchedPage> Frozen(JsonNode reading) =>
        browser.OpenAsync(
            shared.Url,
            prepare: page =>
                page.RouteAsync(
                    "**/api/v1/meter/stream",
                    route =>
                        route.FulfillAsync(
                            new()
                            {
                                ContentType = "text/event-stream",
                                Body = $"event: reading\ndata: {reading.ToJsonString()}\n\n",
                            }
                        )
                )
        );

    /// <summary>
    /// Has the page take each reading for one of a quiet machine, with a cost that is another each time, whatever else
    /// this machine does; and keep the last one.
    /// </summary>
    private static Task AsOnAQuietMachine(IPage page) =>
        page.AddInitScriptAsync(
            """
            const parse = JSON.parse;
            let readings = 0;
            JSON.parse = text => {
                const reading = parse(text);
                if (!reading?.windows) return reading;
                const usd = 12000 + 500 * (++readings % 7);
                reading.state = 'steady';
                reading.windows = ['10s', '1m'].map(window => ({
                    window, wallSeconds: 60, busySeconds: 60, images: 1230,
                    imagesPerSecond: { estimate: 20.5, low: 20.1, high: 21 },
                }));
                reading.costs = ['10s', '1m'].map(window => ({
                    basis: 'wall', scope: 'pipeline', window,
                    usdPerBillionImages: usd, low: usd * 0.98, high: usd * 1.02, usdPerHour: 2.49,
                }));
                window.lastReading = reading;
                return reading;
            };
            """
        );

    /// <summary>What the page shows, and what it should show of the reading it has at the same instant.</summary>
    private static async Task<(ShownFigures Shown, ShownFigures Read)> ShownAndRead(IPage page)
    {
        var both = JsonElement.Parse(
            await page.EvaluateAsync<string>(
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

    private static JsonObject Interval(double rate) =>
        new()
        {
            ["estimate"] = rate,
            ["low"] = rate * 0.9,
            ["high"] = rate * 1.1,
        };

    private sealed record ShownFigures(string Cost, long Images, int MoneyRows);

    [GeneratedRegex("M[^M]+L", RegexOptions.None, 1000)]
    private static partial Regex CurveOfTwo();

    [GeneratedRegex("stale", RegexOptions.None, 1000)]
    private static partial Regex Stale();

    [GeneratedRegex(@"^\$.* per billion images", RegexOptions.None, 1000)]
    private static partial Regex Title();
}
