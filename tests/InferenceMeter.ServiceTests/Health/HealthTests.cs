using System.Net;
using System.Text.Json;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace InferenceMeter.ServiceTests.Health;

/// <summary>Probes over HTTP and gRPC.</summary>
public sealed class HealthTests
{
    private const string InferenceService = "inference.GRPCInferenceService";

    [Fact]
    public async Task Readiness_waits_for_the_first_batch_and_liveness_does_not()
    {
        await using var host = new MeterHost();

        using var alive = await host.Client.GetAsync("/healthz/live");
        using var early = await host.Client.GetAsync("/healthz/ready");
        await host.Start();
        using var ready = await host.Client.GetAsync("/healthz/ready");

        Assert.Equal((HttpStatusCode.OK, "alive\n"), (alive.StatusCode, await alive.Content.ReadAsStringAsync()));
        Assert.Equal((HttpStatusCode.OK, "ready\n"), (ready.StatusCode, await ready.Content.ReadAsStringAsync()));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, early.StatusCode);
        Assert.Equal("application/problem+json", early.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(await early.Content.ReadAsStringAsync());
        Assert.Equal(
            ("Not ready", "no batch has been run yet", 503),
            (
                problem.GetProperty("title").GetString(),
                problem.GetProperty("detail").GetString(),
                problem.GetProperty("status").GetInt32()
            )
        );
    }

    [Fact]
    public async Task A_probe_may_ask_with_HEAD_and_with_nothing_else_but_GET()
    {
        await using var host = new MeterHost();

        var paths = new[]
        {
            ("/healthz/live", 200),
            ("/healthz/ready", 503),
            ("/v2/health/live", 200),
            ("/v2/health/ready", 503),
            ("/v2/models/null/ready", 503),
            ("/", 200),
            ("/page/page.js", 200),
        };
        foreach (var (path, expected) in paths)
        {
            using var head = await Send(host, HttpMethod.Head, path);
            using var post = await Send(host, HttpMethod.Post, path);

            Assert.Equal(expected, (int)head.StatusCode);
            Assert.InRange((int)post.StatusCode, 404, 405);
        }
    }

    [Fact]
    public async Task No_probe_is_answered_from_a_cache()
    {
        await using var host = new MeterHost();

        using var answer = await host.Client.GetAsync("/healthz/ready");

        Assert.True(answer.Headers.CacheControl?.NoStore);
    }

    [Theory]
    [InlineData("")]
    [InlineData(InferenceService)]
    public async Task The_health_protocol_of_gRPC_serves_when_the_meter_is_ready(string service)
    {
        await using var host = new MeterHost();
        var client = Client(host);

        var early = await client.CheckAsync(new HealthCheckRequest { Service = service });
        await host.Start();
        var ready = await client.CheckAsync(new HealthCheckRequest { Service = service });

        Assert.Equal((ServingStatus.NotServing, ServingStatus.Serving), (early.Status, ready.Status));
    }

    [Fact]
    public async Task A_watch_tells_when_it_becomes_ready()
    {
        await using var host = new MeterHost();
        using var watch = Client(host).Watch(new HealthCheckRequest());
        using var limit = new CancellationTokenSource(Eventually.Deadline);
        var seen = new List<ServingStatus>();

        await host.Start();
        await foreach (var answer in watch.ResponseStream.ReadAllAsync(limit.Token))
        {
            seen.Add(answer.Status);
            if (answer.Status == ServingStatus.Serving)
                break;
        }

        Assert.Equal(ServingStatus.Serving, seen[^1]);
    }

    [Fact]
    public async Task A_meter_that_takes_no_requests_is_ready_and_its_inference_service_is_not()
    {
        await using var host = await new MeterHost(
            new MeterSettings { Metering = new MeteringSettings { Scope = "model" } }
        ).Start();
        var client = Client(host);

        var meter = await client.CheckAsync(new HealthCheckRequest());
        var inference = await client.CheckAsync(new HealthCheckRequest { Service = InferenceService });

        Assert.Equal((ServingStatus.Serving, ServingStatus.NotServing), (meter.Status, inference.Status));
    }

    [Fact]
    public async Task A_service_that_nobody_knows_is_not_found()
    {
        await using var host = new MeterHost();

        var failed = await Assert.ThrowsAsync<RpcException>(async () =>
            await Client(host).CheckAsync(new HealthCheckRequest { Service = "other" })
        );

        Assert.Equal(StatusCode.NotFound, failed.StatusCode);
    }

    private static Grpc.Health.V1.Health.HealthClient Client(MeterHost host) =>
        new(
            GrpcChannel.ForAddress(
                "http://localhost",
                new GrpcChannelOptions { HttpHandler = host.Server.CreateHandler() }
            )
        );

    private static async Task<HttpResponseMessage> Send(MeterHost host, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        return await host.Client.SendAsync(request);
    }
}
