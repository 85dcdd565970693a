using InferenceMeter.ServiceTests.Program;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>
/// One program for all tests of the page that change nothing others would see. It leaves a core to the browser.
/// </summary>
public sealed class PageMeter : IAsyncLifetime
{
    private RunningMeter? _meter;

    public string Url { get; } = $"http://127.0.0.1:{RunningMeter.FreePort()}";

    public HttpClient Client() => new() { BaseAddress = new Uri(Url) };

    public async Task InitializeAsync()
    {
        // Without a browser the tests that need it are skipped.
        if (ToolFactAttribute.Find(Browser.Chromium) is null)
            return;
        _meter = new RunningMeter([
            "--session",
            "null",
            "--urls",
            Url,
            "--synthetic-photos",
            "8",
            "--decoders",
            "1",
            "--usd-per-hour",
            "2.49",
        ]);
        using var client = Client();
        await _meter.Until(() => ServeTests.Answers(client, "/healthz/ready"));
    }

    public async Task DisposeAsync()
    {
        if (_meter is not null)
            await _meter.DisposeAsync();
    }
}
