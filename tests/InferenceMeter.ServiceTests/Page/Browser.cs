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

    /// <summary>Opens the page of a meter in a tab without cookies or storage of other tests.</summary>
    /// <param name="url">Where the meter is.</param>
    /// <param name="theme">What the system prefers.</param>
    /// <param name="width">Of the screen, in pixels.</param>
    /// <param name="height">Of the screen, in pixels.</param>
    /// <param name="prepare">Is done before the page is loaded.</param>
    public async Task<MeterPage> OpenAsync(
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
        var page = new MeterPage(context, await context.NewPageAsync());
        if (prepare is not null)
            await prepare(page.Tab);
        await page.Tab.GotoAsync(url);
        return page;
    }
}
