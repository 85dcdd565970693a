using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Security;

/// <summary>What every answer tells a browser not to do with it.</summary>
public sealed class SecurityHeadersTests
{
    private const string Default = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    private const string Page =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    [Theory]
    [InlineData("/api/v1/references", Default)]
    [InlineData("/api/v1/nothing", Default)]
    [InlineData("/v2", Default)]
    [InlineData("/metrics", Default)]
    [InlineData("/healthz/live", Default)]
    [InlineData("/nothing", Default)]
    [InlineData("/", Page)]
    [InlineData("/page/page.js", Page)]
    [InlineData("/page/page.css", Page)]
    public async Task Answers_tell_browsers_to_do_nothing_with_them(string path, string policy)
    {
        await using var host = new MeterHost();

        using var answer = await host.Client.GetAsync(path);

        AssertHeaders(answer, policy);
    }

    [Fact]
    public async Task Refusals_tell_them_so_too()
    {
        using var key = new KeyFile();
        await using var host = new MeterHost(
            new MeterSettings
            {
                Service = new ServiceSettings { ApiKeyFile = key.Path, ApiKeyFor = "all" },
            }
        );

        using var refused = await host.Client.GetAsync("/api/v1/meter");

        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
        AssertHeaders(refused, Default);
    }

    private static void AssertHeaders(HttpResponseMessage answer, string policy)
    {
        Assert.Equal(policy, Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.False(answer.Headers.Contains("Server"));
    }
}
