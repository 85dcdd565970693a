using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>
/// The page in a tab, by what a person sees and does on it. Its errors, requests and responses are kept.
/// </summary>
public sealed class MeterPage : IAsyncDisposable
{
    /// <summary>What stands where there is no figure.</summary>
    public const string NoFigure = "–";

    private const float TimeoutMs = 60_000;

    private readonly IBrowserContext _context;

    public MeterPage(IBrowserContext context, IPage tab)
    {
        _context = context;
        Tab = tab;
        tab.SetDefaultTimeout(TimeoutMs);
        Assertions.SetDefaultExpectTimeout(TimeoutMs);
        tab.Console += (_, message) =>
        {
            if (message.Type == "error")
                Errors.Enqueue(message.Text);
        };
        tab.PageError += (_, error) => Errors.Enqueue(error);
        tab.Request += (_, request) => Requests.Enqueue(request.Url);
        tab.Response += (_, response) => Responses.Enqueue(response);
    }

    public IPage Tab { get; }

    public ConcurrentQueue<string> Errors { get; } = [];

    public ConcurrentQueue<string> Requests { get; } = [];

    public ConcurrentQueue<IResponse> Responses { get; } = [];

    /// <summary>How many requests were answered with 401.</summary>
    public int Refusals => Responses.Count(response => response.Status == 401);

    public ILocator Machine => Tab.Locator("#machine");

    public ILocator Connection => Tab.Locator("#connection");

    public ILocator Figures => Tab.Locator("#figures");

    public ILocator Cost => Tab.Locator("#cost");

    public ILocator CostInterval => Tab.Locator("#cost-interval");

    public ILocator Rate => Tab.Locator("#rate");

    public ILocator RateInterval => Tab.Locator("#rate-interval");

    public ILocator State => Tab.Locator("#state");

    public ILocator StateReason => Tab.Locator("#state-reason");

    public ILocator Images => Tab.Locator("#images");

    public ILocator Spent => Tab.Locator("#spent");

    public ILocator Accuracy => Tab.Locator("#accuracy");

    public ILocator Warnings => Tab.Locator("#marks li");

    public ILocator CostCurve => Tab.Locator("#cost-chart path.curve");

    public ILocator RateCurve => Tab.Locator("#rate-chart path.curve");

    public ILocator RecordNote => Tab.Locator("#since-note");

    public ILocator MoneyRows => Tab.Locator("#money .row");

    public ILocator CostRows => Tab.Locator("#bases tbody tr");

    public ILocator Price => Tab.Locator("#price");

    public ILocator PriceFacts => Tab.Locator("#price-facts");

    public ILocator PriceAnswer => Tab.Locator("#price-form .answer");

    public ILocator Devices => Tab.Locator("#devices");

    public ILocator KeyDialog => Tab.Locator("#key-dialog");

    public ILocator RunRows => Tab.Locator("#runs tbody tr");

    /// <summary>One per run that has ended; by it the run is chosen.</summary>
    public ILocator RunBoxes => Tab.Locator("#runs tbody input");

    public ILocator RunAnswer => Tab.Locator("#run-form .answer");

    public ILocator ComparisonText => Tab.Locator("#comparison-text");

    public ILocator Classes => Tab.Locator("#classes .row");

    public ILocator ClassesNote => Tab.Locator("#classes .note");

    public ILocator ClassifyError => Tab.Locator("#classes .wrong");

    public ILocator Preview => Tab.Locator("#preview");

    public ILocator Build => Tab.Locator("#build");

    public ILocator Button(string name) => Tab.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public async Task SetPriceAsync(string usdPerHour, string from)
    {
        await Tab.GetByLabel("New price, $ per hour").FillAsync(usdPerHour);
        await Tab.GetByLabel("Where it is from").FillAsync(from);
        await Button("Set the price").ClickAsync();
    }

    /// <summary>Fills in the dialog that is open.</summary>
    public async Task GiveKeyAsync(string key)
    {
        await Tab.GetByLabel("Key", new() { Exact = true }).FillAsync(key);
        await Tab.Keyboard.PressAsync("Enter");
    }

    public async Task StartRunAsync(int seconds)
    {
        await Tab.GetByLabel("Measure for").FillAsync($"{seconds}");
        await Button("Start a run").ClickAsync();
    }

    public Task ChooseImageAsync(string path) => Tab.Locator("#image").SetInputFilesAsync(path);

    public Task<string> ThemeAsync() => Tab.EvaluateAsync<string>("document.documentElement.dataset.theme");

    /// <summary>The text of each element that a selector finds.</summary>
    public Task<string[]> TextsAsync(string selector) =>
        Tab.EvaluateAsync<string[]>(
            "selector => [...document.querySelectorAll(selector)].map(one => one.textContent)",
            selector
        );

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
