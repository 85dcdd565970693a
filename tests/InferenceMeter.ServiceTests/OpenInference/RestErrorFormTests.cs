using System.Net;
using System.Text;
using System.Text.Json;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.Program;
using InferenceMeter.ServiceTests.Security;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>Every error below <c>/v2</c> is JSON with the one member that clients of the protocol read.</summary>
public sealed class RestErrorFormTests : IDisposable
{
    private readonly KeyFile _key = new();

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData("GET", "/v2/nothing", 404, "there is nothing at /v2/nothing")]
    [InlineData("POST", "/v2/models/a/b/c/infer", 404, "there is nothing at /v2/models/a/b/c/infer")]
    [InlineData("GET", "/v2/models/other", 404, "there is no model 'other', accepted: ")]
    [InlineData("GET", "/v2/models/null/infer", 405, "/v2/models/null/infer takes POST, not GET")]
    [InlineData("DELETE", "/v2/models/null", 405, "/v2/models/null takes GET, not DELETE")]
    [InlineData("PUT", "/v2", 405, "/v2 takes GET, not PUT")]
    [InlineData("POST", "/v2/models/null/infer", 400, "not JSON")]
    [InlineData("GET", "/v2/health/ready", 503, "the meter is starting")]
    public async Task An_error_is_json_with_one_member(string method, string path, int status, string said)
    {
        await using var host = new MeterHost(Settings(new ServiceSettings()));

        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await host.Client.SendAsync(request);

        Assert.StartsWith(said, await ErrorAsync(answer, status), StringComparison.Ordinal);
        Assert.Equal(status == 405, answer.Content.Headers.Allow.Count > 0);
    }

    [Theory]
    [InlineData("GET", "/v2")]
    [InlineData("GET", "/v2/models/null")]
    [InlineData("GET", "/v2/nothing")]
    [InlineData("POST", "/v2/models/null/infer")]
    public async Task So_is_a_missing_key(string method, string path)
    {
        await using var host = new MeterHost(
            Settings(new ServiceSettings { ApiKeyFile = _key.Path, ApiKeyFor = "all" })
        );

        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await host.Client.SendAsync(request);

        Assert.StartsWith(
            "This meter answers with the API key",
            await ErrorAsync(answer, 401),
            StringComparison.Ordinal
        );
        Assert.Equal("Bearer realm=\"InferenceMeter\"", answer.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task So_is_a_rate_limit_and_a_request_that_is_too_large()
    {
        await using var host = await new MeterHost(
            Settings(
                new ServiceSettings
                {
                    RateLimit = 1,
                    MaxRequestBytes = 1024,
                    Urls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
                    GrpcUrls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
                }
            )
        ).Start();

        // Without a length it is the server, and not the endpoint, that finds it too large.
        using var large = new HttpRequestMessage(HttpMethod.Post, "/v2/models/null/infer")
        {
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes(new string(' ', 5000))),
            Headers = { TransferEncodingChunked = true },
        };
        using var refused = await host.Client.SendAsync(large);
        using var fast = await Eventually.GetAsync(
            () => host.Client.PostAsync("/v2/models/null/infer", new ByteArrayContent("{}"u8.ToArray())),
            answer => answer.StatusCode == HttpStatusCode.TooManyRequests
        );

        Assert.Contains("larger than", await ErrorAsync(refused, 413), StringComparison.Ordinal);
        Assert.StartsWith("more than 1 requests a second", await ErrorAsync(fast, 429), StringComparison.Ordinal);
        Assert.NotNull(fast.Headers.RetryAfter);
    }

    [Fact]
    public async Task Elsewhere_errors_are_problem_details_with_a_reason()
    {
        await using var host = new MeterHost(Settings(new ServiceSettings()));

        foreach (var (method, path, said) in new[] { ("GET", "/nothing", "nothing at"), ("PUT", "/", "takes GET") })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            using var answer = await host.Client.SendAsync(request);

            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            var problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Contains(said, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }
    }

    private static MeterSettings Settings(ServiceSettings service) =>
        new()
        {
            Requests = new RequestSettings { Background = "off" },
            Service = service,
        };

    private static async Task<string> ErrorAsync(HttpResponseMessage answer, int status)
    {
        Assert.Equal(
            (status, "application/json"),
            ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString())
        );
        var error = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(["error"], error.EnumerateObject().Select(member => member.Name));
        return error.GetProperty("error").GetString()!;
    }
}
