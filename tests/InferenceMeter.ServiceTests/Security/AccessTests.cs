using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace InferenceMeter.ServiceTests.Security;

/// <summary>Who may read, have images classified, and change something; and what the others are told.</summary>
public sealed class AccessTests : IDisposable
{
    private const string KeyForAllMissing =
        "This meter answers with the API key in the header X-Api-Key or as Authorization: Bearer alone.";

    private readonly KeyFile _key = new();

    public void Dispose() => _key.Dispose();

    [Fact]
    public async Task With_a_key_for_all_only_health_and_the_page_are_answered_without()
    {
        await using var host = await new MeterHost(KeyForAll()).Start();

        foreach (var path in new[] { "/api/v1/meter", "/api/v1/series", "/metrics", "/openapi/v1.json", "/nothing" })
        {
            using var refused = await host.Client.GetAsync(path);
            var problem = await Problem(refused, HttpStatusCode.Unauthorized);
            Assert.Equal(KeyForAllMissing, problem.GetProperty("detail").GetString());
            Assert.False(problem.TryGetProperty("error", out _));
        }

        foreach (
            var path in new[]
            {
                "/healthz/live",
                "/healthz/ready",
                "/v2/health/live",
                "/v2/health/ready",
                "/",
                "/page/page.js",
            }
        )
            Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync(path)).StatusCode);
    }

    [Theory]
    [InlineData("POST", "/api/v1/classify", true)]
    [InlineData("GET", "/api/v1/meter", false)]
    [InlineData("GET", "/nothing", false)]
    public async Task Without_the_key_the_way_to_send_one_is_told(string method, string path, bool hasError)
    {
        await using var host = new MeterHost(KeyForAll());

        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var refused = await host.Client.SendAsync(request);

        var problem = await Problem(refused, HttpStatusCode.Unauthorized);
        Assert.Equal(KeyForAllMissing, problem.GetProperty("detail").GetString());
        Assert.Equal(hasError, problem.TryGetProperty("error", out _));
        Assert.Equal("Bearer realm=\"InferenceMeter\"", refused.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("Bearer", "secret", HttpStatusCode.OK)]
    [InlineData("bearer", "secret", HttpStatusCode.OK)]
    [InlineData("Bearer", "secreT", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer", "", HttpStatusCode.Unauthorized)]
    [InlineData("Basic", "secret", HttpStatusCode.Unauthorized)]
    public async Task The_key_may_come_as_a_bearer_token(string scheme, string key, HttpStatusCode expected)
    {
        await using var host = new MeterHost(KeyForAll());
        host.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(scheme, key);

        using var answer = await host.Client.GetAsync("/api/v1/references");

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task With_a_key_for_changes_reading_and_classifying_are_free()
    {
        await using var host = await new MeterHost(Settings(new ServiceSettings { ApiKeyFile = _key.Path })).Start();

        using var read = await host.Client.GetAsync("/api/v1/references");
        using var classified = await host.Client.PostAsync("/api/v1/classify", new ByteArrayContent(Photos.Jpeg()));
        using var changed = await host.Client.PutAsJsonAsync("/api/v1/price", new { usdPerHour = 5 });

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (read.StatusCode, classified.StatusCode));
        var problem = await Problem(changed, HttpStatusCode.Unauthorized);
        Assert.Equal("A change needs the API key in the header X-Api-Key.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_change_from_elsewhere_is_forbidden_before_its_body_is_read()
    {
        await using var host = new MeterHost();

        var context = await host.Server.SendAsync(request =>
        {
            request.Connection.RemoteIpAddress = IPAddress.Parse("192.0.2.7");
            request.Request.Method = "POST";
            request.Request.Path = "/api/v1/runs";
            request.Request.ContentType = "application/json";
            request.Request.Body = new MemoryStream("{"u8.ToArray());
        });

        Assert.Equal(StatusCodes.Status403Forbidden, context.Response.StatusCode);
        var problem = await JsonDocument.ParseAsync(context.Response.Body);
        Assert.Equal(
            "Without an API key, changes are taken from this machine only; start with --api-key-file FILE to allow "
                + "them from elsewhere.",
            problem.RootElement.GetProperty("detail").GetString()
        );
    }

    [Fact]
    public async Task Checking_keys_brings_no_data_protection_which_would_write_its_own_into_the_home_folder()
    {
        await using var host = new MeterHost(KeyForAll());

        Assert.Null(host.Server.Services.GetService(typeof(IDataProtectionProvider)));
    }

    [Fact]
    public async Task A_rate_limit_is_kept_and_counted()
    {
        await using var host = await new MeterHost(Settings(new ServiceSettings { RateLimit = 3 })).Start();

        var start = TimeProvider.System.GetTimestamp();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(_ => host.Client.PostAsync("/api/v1/classify", new ByteArrayContent(Photos.Jpeg())))
        );

        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToArray();
        // Three at once, and three more for each second that the requests took.
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        Assert.InRange(answers.Length - refused.Length, 3, 3 + (3 * seconds) + 1);
        Assert.Equal(
            (20, refused.Length),
            (host.Meter.Counters.Snapshot().HandedOut, host.Meter.Counters.Snapshot().Rejected)
        );
        Assert.Equal(TimeSpan.FromSeconds(1), refused[0].Headers.RetryAfter!.Delta);
        var problem = await Problem(refused[0], HttpStatusCode.TooManyRequests);
        Assert.Equal(
            ("Too fast", "more than 3 requests a second from you; come again in a second"),
            (problem.GetProperty("title").GetString(), problem.GetProperty("error").GetString())
        );
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("/api/v1/meter")).StatusCode);
    }

    private MeterSettings KeyForAll() => Settings(new ServiceSettings { ApiKeyFile = _key.Path, ApiKeyFor = "all" });

    private static MeterSettings Settings(ServiceSettings service) =>
        new()
        {
            Requests = new RequestSettings { Background = "off" },
            Service = service,
        };

    private static async Task<JsonElement> Problem(HttpResponseMessage answer, HttpStatusCode expected)
    {
        Assert.Equal(
            (expected, "application/problem+json"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType)
        );
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }
}
