using Microsoft.Playwright;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>Debian's Chromium, headless, one for all tests of the page.</summary>
public sealed class Browser : IAsyncLifetime
{
    public const string Chromium = "chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        // Without it the tests that need it are skipped.
        if (ToolFactAttribute.Find(Chromium) is not { } executable)
            return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new() { ExecutablePath = executable, Args = ["--no-sandbox", "--disable-gpu"] }
        );
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A page of its own, of which every error and request is kept.</summary>
    public async Task<WatchedPage> OpenAsync(
        string url,
        ColorScheme theme = ColorScheme.Light,
        int width = 1440,
        int height = 1000,
        Func<IPage, Task>? prepare = null
    )
    {
        var context = await _browser!.NewContextAsync(
            new()
            {
                ColorScheme = theme,
                ViewportSize = new() { Width = width, Height = height },
                ReducedMotion = ReducedMotion.Reduce,
            }
        );
        var page = new WatchedPage(context, await context.NewPageAsync());
        if (prepare is not null)
            await prepare(page.Page);
        await page.Page.GotoAsync(url);
        return page;
    }
}

/// <summary>A page that is watched.</summary>
public sealed class WatchedPage : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    public WatchedPage(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.SetDefaultTimeout(30_000);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                Errors.Add(message.Text);
        };
        page.PageError += (_, error) => Errors.Add(error);
        page.Request += (_, request) => Requests.Add(request.Url);
        page.Response += (_, response) => Responses.Add(response);
    }

    public IPage Page { get; }

    public List<string> Errors { get; } = [];

    public List<string> Requests { get; } = [];

    public List<IResponse> Responses { get; } = [];

    public async Task<string> Text(string selector) => (await Page.Locator(selector).InnerTextAsync()).Trim();

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
