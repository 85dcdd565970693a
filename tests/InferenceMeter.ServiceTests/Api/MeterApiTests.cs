using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace InferenceMeter.ServiceTests.Api;

public sealed partial class MeterApiTests
{
    [Fact]
    public async Task The_reading_says_what_was_measured_on_what_at_which_price()
    {
        await using var host = await new MeterHost().Start();

        var reading = await Json(host.Client, "/api/v1/meter");

        Assert.Contains(reading.GetProperty("state").GetString(), new[] { "warming", "steady", "unstable" });
        Assert.Equal("pipeline", reading.GetProperty("scope").GetString());
        Assert.True(reading.GetProperty("images").GetProperty("ok").GetInt64() > 0);
        Assert.Equal("synthetic", reading.GetProperty("images").GetProperty("source").GetString());
        Assert.Equal(1.00m, reading.GetProperty("price").GetProperty("usdPerHour").GetDecimal());
        Assert.Equal("assumed", reading.GetProperty("price").GetProperty("source").GetString());
        Assert.True(reading.GetProperty("spentUsd").GetDecimal() > 0);
        Assert.Equal(1, reading.GetProperty("engine").GetProperty("instances").GetInt32());
        Assert.Equal("skia", reading.GetProperty("engine").GetProperty("decoder").GetString());
        Assert.NotEmpty(reading.GetProperty("engine").GetProperty("onnxRuntime").GetString()!);
        Assert.Equal(
            ["batch", "decode", "fetch", "infer", "sink", "source"],
            reading.GetProperty("stageBusySeconds").EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Before_anything_is_steady_there_are_no_costs_rather_than_zeros()
    {
        await using var host = new MeterHost();

        var reading = await Json(host.Client, "/api/v1/meter");

        Assert.Equal("warming", reading.GetProperty("state").GetString());
        Assert.NotEmpty(reading.GetProperty("stateReason").GetString()!);
        Assert.Empty(reading.GetProperty("costs").EnumerateArray());
        Assert.DoesNotContain(
            "inference_cost_usd_per_billion_images{",
            await host.Client.GetStringAsync("/metrics"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_stream_sends_readings_as_server_sent_events()
    {
        await using var host = await new MeterHost().Start();
        using var limit = new CancellationTokenSource(Eventually.Deadline);

        using var answer = await host.Client.GetAsync(
            "/api/v1/meter/stream",
            HttpCompletionOption.ResponseHeadersRead,
            limit.Token
        );
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
        var images = new List<long>();
        while (images.Count < 2)
        {
            Assert.Equal("event: reading", await lines.ReadLineAsync(limit.Token));
            var data = await lines.ReadLineAsync(limit.Token);
            Assert.StartsWith("data: {", data, StringComparison.Ordinal);
            images.Add(
                JsonDocument
                    .Parse(data!["data: ".Length..])
                    .RootElement.GetProperty("images")
                    .GetProperty("ok")
                    .GetInt64()
            );
            Assert.Equal("", await lines.ReadLineAsync(limit.Token));
        }

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.True(images[1] > images[0]);
    }

    [Fact]
    public async Task References_name_their_sources_and_mark_the_claim_that_nobody_reproduced()
    {
        await using var host = new MeterHost();

        var answer = await Json(host.Client, "/api/v1/references");

        var references = answer.GetProperty("references").EnumerateArray().ToList();
        Assert.All(references, reference => Assert.NotEmpty(reference.GetProperty("source").GetString()!));
        var claim = references.Single(reference => reference.GetProperty("id").GetString() == "ark-2019");
        Assert.Equal(0.03m, claim.GetProperty("usdPerBillionImages").GetDecimal());
        Assert.False(claim.GetProperty("reproduced").GetBoolean());
        // 1 USD/hour / 3600 / x * 1e9 = 0.03 USD.
        Assert.Equal(1 / 3600.0 / 0.03 * 1e9, claim.GetProperty("imagesPerSecondNeeded").GetDouble(), 1.0);
    }

    [Fact]
    public async Task The_description_of_the_api_lists_every_path_and_method_that_is_answered()
    {
        await using var host = new MeterHost();

        var described = (await Json(host.Client, "/openapi/v1.json"))
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}")
            );

        // All but the page, the description itself, and gRPC, whose description is its .proto file.
        Assert.Equal(
            Routes(host).Where(route => !Undescribed().IsMatch(route)).Order(StringComparer.Ordinal),
            described.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task The_document_requires_of_a_reading_what_every_reading_has()
    {
        await using var host = await new MeterHost().Start();

        var document = await Json(host.Client, "/openapi/v1.json");
        var reading = await Json(host.Client, "/api/v1/meter");

        var schema = document.GetProperty("components").GetProperty("schemas").GetProperty("ReadingDocument");
        var required = schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()!).ToList();
        Assert.Subset(reading.EnumerateObject().Select(property => property.Name).ToHashSet(), required.ToHashSet());
        Assert.Contains("costs", required);
        Assert.DoesNotContain("broken", required);
    }

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/v1/price", HttpStatusCode.MethodNotAllowed)]
    public async Task A_request_that_fits_nothing_is_answered_with_problem_details(
        string method,
        string path,
        HttpStatusCode expected
    )
    {
        await using var host = new MeterHost();

        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await host.Client.SendAsync(request);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task The_first_page_says_where_everything_is()
    {
        await using var host = new MeterHost();
        var page = await host.Client.GetStringAsync("/");

        // What has a name of its own: /api/v1/runs stands for /api/v1/runs/{id} too.
        var places = Routes(host)
            .Select(route => route.Split(' ')[1])
            .Where(path => path.StartsWith("/api/", StringComparison.Ordinal))
            .Select(path => string.Join('/', path.Split('/')[..4]))
            .Concat(["/v2", "/metrics", "/healthz/live", "/healthz/ready", "/openapi/v1.json"])
            .Distinct(StringComparer.Ordinal);

        Assert.All(places, place => Assert.Contains(place, page, StringComparison.Ordinal));
    }

    internal static async Task<JsonElement> Json(HttpClient client, string path) =>
        JsonDocument.Parse(await client.GetStringAsync(path)).RootElement;

    /// <summary>
    /// Every method and path that the service answers, as <c>GET /api/v1/runs/{id}</c>. HEAD is GET without its body.
    /// </summary>
    private static IEnumerable<string> Routes(MeterHost host) =>
        host
            .Server.Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
                    .Where(method => method != "HEAD")
                    .Select(method => $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}")
            );

    [GeneratedRegex(@" /(page/.*|openapi/.*|(inference|grpc)\..*)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Undescribed();
}
