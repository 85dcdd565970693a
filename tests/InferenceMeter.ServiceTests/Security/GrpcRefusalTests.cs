using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.Program;
using InferenceMeter.Settings;
using InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.ServiceTests.Security;

/// <summary>Refused calls over gRPC have a status of gRPC, in HTTP's 200, and no message.</summary>
public sealed class GrpcRefusalTests : IAsyncLifetime
{
    private const int RateLimit = 2;
    private const string KeyMissing =
        "This meter answers with the API key in the header X-Api-Key or as Authorization: Bearer alone.";

    private readonly KeyFile _key = new();
    private readonly MeterHost _host;
    private readonly GrpcChannel _channel;
    private readonly GRPCInferenceService.GRPCInferenceServiceClient _client;

    public GrpcRefusalTests()
    {
        _host = new MeterHost(
            new MeterSettings
            {
                Requests = new RequestSettings { Background = "off" },
                Service = new ServiceSettings
                {
                    ApiKeyFile = _key.Path,
                    ApiKeyFor = "all",
                    RateLimit = RateLimit,
                    Urls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
                    GrpcUrls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
                },
            }
        );
        _channel = GrpcChannel.ForAddress(_host.Settings.GrpcUrls!);
        _client = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
    }

    public Task InitializeAsync() => _host.Start();

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _host.DisposeAsync();
        _key.Dispose();
    }

    [Fact]
    public async Task Without_the_key_a_call_is_unauthenticated()
    {
        var metadata = await Refused(() => _client.ServerMetadataAsync(new ServerMetadataRequest()));
        var infer = await Refused(() => _client.ModelInferAsync(Image()));
        var wrong = await Refused(() =>
            _client.ServerMetadataAsync(new ServerMetadataRequest(), new Metadata { { "x-api-key", "secreT" } })
        );

        Assert.All(
            [metadata, infer, wrong],
            failed => Assert.Equal((StatusCode.Unauthenticated, KeyMissing), (failed.StatusCode, failed.Status.Detail))
        );
        Assert.Equal(0, _host.Meter.Counters.Snapshot().HandedOut);
    }

    [Fact]
    public async Task With_the_key_it_is_answered()
    {
        var answer = await _client.ServerMetadataAsync(new ServerMetadataRequest(), WithKey());

        Assert.Equal("inferencemeter", answer.Name);
    }

    [Fact]
    public async Task Probes_need_no_key()
    {
        var health = await new Grpc.Health.V1.Health.HealthClient(_channel).CheckAsync(new HealthCheckRequest());

        Assert.True((await _client.ServerLiveAsync(new ServerLiveRequest())).Live);
        Assert.True((await _client.ServerReadyAsync(new ServerReadyRequest())).Ready);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
    }

    [Fact]
    public async Task Above_the_rate_limit_a_call_is_exhausted_and_told_when_to_retry()
    {
        var calls = Enumerable.Range(0, 12).Select(_ => _client.ModelInferAsync(Image(), WithKey()).ResponseAsync);
        var failures = await Task.WhenAll(calls.Select(Failure));

        var refused = failures.OfType<RpcException>().ToArray();
        Assert.NotEmpty(refused);
        Assert.All(
            refused,
            failed =>
            {
                Assert.Equal(StatusCode.ResourceExhausted, failed.StatusCode);
                Assert.Contains(
                    $"more than {RateLimit} requests a second",
                    failed.Status.Detail,
                    StringComparison.Ordinal
                );
                Assert.Equal("1", failed.Trailers.GetValue("retry-after"));
                Assert.Equal("1000", failed.Trailers.GetValue("grpc-retry-pushback-ms"));
            }
        );
        var work = _host.Meter.Counters.Snapshot();
        Assert.Equal((failures.Length, refused.Length), (work.HandedOut, work.Rejected));
    }

    [Fact]
    public async Task The_requests_of_a_stream_are_limited_as_those_that_come_alone()
    {
        using var stream = _client.ModelStreamInfer(WithKey());
        for (var i = 0; i < 12; i++)
            await stream.RequestStream.WriteAsync(Image());
        await stream.RequestStream.CompleteAsync();
        var answers = new List<ModelStreamInferResponse>();
        await foreach (var answer in stream.ResponseStream.ReadAllAsync())
            answers.Add(answer);

        Assert.Equal(12, answers.Count);
        var refused = answers.Where(answer => answer.ErrorMessage.Length > 0).ToArray();
        Assert.NotEmpty(refused);
        Assert.All(
            refused,
            answer =>
                Assert.Equal(
                    $"more than {RateLimit} requests a second from you; come again in a second",
                    answer.ErrorMessage
                )
        );
        Assert.Equal(refused.Length, _host.Meter.Counters.Snapshot().Rejected);
    }

    [Fact]
    public async Task Only_what_is_classified_counts_against_the_rate_limit()
    {
        for (var i = 0; i < 10 * RateLimit; i++)
            await _client.ServerMetadataAsync(new ServerMetadataRequest(), WithKey());

        Assert.Equal(0, _host.Meter.Counters.Snapshot().Rejected);
    }

    [Theory]
    [InlineData("/inference.GRPCInferenceService/ServerMetadata", "application/grpc")]
    [InlineData("/inference.GRPCInferenceService/ModelInfer", "application/grpc+proto")]
    [InlineData("/inference.GRPCInferenceService/Unknown", "application/grpc")]
    [InlineData("/some.Service/Call", "application/grpc")]
    public async Task On_the_wire_a_refusal_is_trailers_only(string path, string mediaType)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, _host.Settings.GrpcUrls + path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(new byte[5]),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);

        using var answer = await client.SendAsync(request).WaitAsync(Eventually.Deadline);

        Assert.Equal(
            (HttpStatusCode.OK, "application/grpc"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType)
        );
        Assert.Equal($"{(int)StatusCode.Unauthenticated}", Assert.Single(answer.Headers.GetValues("grpc-status")));
        Assert.Equal(KeyMissing, Uri.UnescapeDataString(Assert.Single(answer.Headers.GetValues("grpc-message"))));
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    private static Metadata WithKey() => new() { { "x-api-key", KeyFile.Key } };

    private static async Task<RpcException> Refused<T>(Func<AsyncUnaryCall<T>> call) =>
        await Assert.ThrowsAsync<RpcException>(async () => await call());

    private static async Task<RpcException?> Failure(Task call)
    {
        try
        {
            await call;
            return null;
        }
        catch (RpcException failed)
        {
            return failed;
        }
    }

    /// <summary>As large as they are sent: it is refused while it is still on its way.</summary>
    private static ModelInferRequest Image() =>
        new()
        {
            ModelName = "null",
            Inputs =
            {
                new ModelInferRequest.Types.InferInputTensor
                {
                    Name = "pixels",
                    Datatype = "UINT8",
                    Shape = { 1, 224, 224, 3 },
                },
            },
            RawInputContents = { ByteString.CopyFrom(new byte[224 * 224 * 3]) },
        };
}
