namespace InferenceMeter.ServiceTests.Page;

/// <summary>One meter for all tests of the page that change nothing others would see.</summary>
public sealed class PageMeter : IAsyncLifetime
{
    private NullMeter? _meter;

    public string Url => _meter!.Url;

    public HttpClient Client() => _meter!.Client();

    public async Task InitializeAsync()
    {
        // Without a browser the tests that need it are skipped.
        if (ToolFactAttribute.Find(Browser.Chromium) is not null)
            _meter = await NullMeter.StartAsync(more: ["--usd-per-hour", "2.49"]);
    }

    public async Task DisposeAsync()
    {
        if (_meter is not null)
            await _meter.DisposeAsync();
    }
}
