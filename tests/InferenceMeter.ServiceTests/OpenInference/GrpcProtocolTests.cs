using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.Program;
using InferenceMeter.Settings;
using InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>The Open Inference Protocol over gRPC.</summary>
public sealed class GrpcProtocolTests : IAsyncLifetime
{
    private const int DeadlineExceeded = 4;

    // Over HTTP/2 as it is on a network. In memory a server that ends a call at its deadline resets the request before
    // its status is read, and clients see Internal or Unknown.
    private readonly MeterHost _host = new(
        new MeterSettings
        {
            Requests = new RequestSettings { Background = "off", MaxInFlight = 8 },
            Service = new ServiceSettings
            {
                Urls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
                GrpcUrls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
            },
        }
    );
    private GrpcChannel _channel = null!;
    private GRPCInferenceService.GRPCInferenceServiceClient _client = null!;

    public async Task InitializeAsync()
    {
        await _host.Start();
        _channel = GrpcChannel.ForAddress(_host.Settings.GrpcUrls!);
        _client = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Server_and_models_describe_themselves()
    {
        Assert.True((await _client.ServerLiveAsync(new ServerLiveRequest())).Live);
        Assert.True((await _client.ServerReadyAsync(new ServerReadyRequest())).Ready);
        Assert.True((await _client.ModelReadyAsync(new ModelReadyRequest { Name = "null" })).Ready);
        Assert.Equal("inferencemeter", (await _client.ServerMetadataAsync(new ServerMetadataRequest())).Name);
        var model = await _client.ModelMetadataAsync(new ModelMetadataRequest { Name = "null-encoded", Version = "1" });
        Assert.Equal(
            ("image", "BYTES", -1L),
            (model.Inputs[0].Name, model.Inputs[0].Datatype, model.Inputs[0].Shape[0])
        );
        Assert.Equal(["scores", "indices", "labels"], model.Outputs.Select(output => output.Name));
    }

    [Fact]
    public async Task Tensors_and_images_are_classified()
    {
        var pixels = new ModelInferRequest
        {
            ModelName = "null",
            Id = "7",
            Inputs = { Input("pixels", "UINT8", 2, 224, 224, 3) },
            RawInputContents = { ByteString.CopyFrom(new byte[2 * 224 * 224 * 3]) },
        };
        var image = new ModelInferRequest
        {
            ModelName = "null-encoded",
            Inputs = { Input("image", "BYTES", 1) },
            Outputs = { new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "indices" } },
        };
        image.Inputs[0].Contents = new InferTensorContents { BytesContents = { ByteString.CopyFrom(Photos.Jpeg()) } };

        var (tensors, encoded) = (await _client.ModelInferAsync(pixels), await _client.ModelInferAsync(image));

        Assert.Equal(("null", "1", "7"), (tensors.ModelName, tensors.ModelVersion, tensors.Id));
        Assert.Equal(["scores", "indices", "labels"], tensors.Outputs.Select(output => output.Name));
        Assert.Equal([2L, 5L], tensors.Outputs[0].Shape);
        Assert.Equal(1f, MemoryMarshal.Cast<byte, float>(tensors.RawOutputContents[0].Span)[5]);
        Assert.Equal(0L, MemoryMarshal.Cast<byte, long>(Assert.Single(encoded.RawOutputContents).Span)[0]);
        Assert.Equal((3, 3), (_host.Meter.Counters.Snapshot().Ok, _host.Meter.Counters.Snapshot().Sources[1].Ok.Sum()));
    }

    [Theory]
    [InlineData("other", "image", "BYTES", StatusCode.NotFound, "there is no model 'other'")]
    [InlineData("null-encoded", "pixels", "BYTES", StatusCode.InvalidArgument, "there is no input 'pixels'")]
    [InlineData("null-encoded", "image", "UINT8", StatusCode.InvalidArgument, "input image is UINT8")]
    [InlineData(
        "null-encoded",
        "image",
        "BYTES",
        StatusCode.InvalidArgument,
        "input image has 0 elements, its shape says 1"
    )]
    public async Task What_breaks_the_protocol_has_its_status(
        string model,
        string input,
        string datatype,
        StatusCode status,
        string said
    )
    {
        var failed = await Assert.ThrowsAsync<RpcException>(async () =>
            await _client.ModelInferAsync(
                new ModelInferRequest { ModelName = model, Inputs = { Input(input, datatype, 1) } }
            )
        );

        Assert.Equal(status, failed.StatusCode);
        Assert.Contains(said, failed.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ModelInfer")]
    [InlineData("ModelMetadata")]
    [InlineData("ServerReady")]
    public async Task What_is_no_protobuf_is_an_invalid_argument(string method)
    {
        var raw = Marshallers.Create<byte[]>(bytes => bytes, bytes => bytes);
        var call = new Method<byte[], byte[]>(MethodType.Unary, "inference.GRPCInferenceService", method, raw, raw);

        var failed = await Assert.ThrowsAsync<RpcException>(async () =>
            await _channel.CreateCallInvoker().AsyncUnaryCall(call, null, default, [0xFF, 0xFF, 0xFF, 0x07, 0x00])
        );

        Assert.Equal(StatusCode.InvalidArgument, failed.StatusCode);
        Assert.StartsWith($"the message is no {method}Request: ", failed.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tensors_in_shared_memory_and_numbers_that_contents_have_no_field_for_are_refused_by_name()
    {
        var shared = One();
        shared.Inputs[0].Parameters["shared_memory_region"] = new InferParameter { StringParam = "a" };
        var output = One();
        output.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "scores" });
        output.Outputs[0].Parameters["shared_memory_byte_size"] = new InferParameter { Int64Param = 8 };
        var half = new ModelInferRequest { ModelName = "null", Inputs = { Input("pixels", "FP16", 1) } };
        half.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { 0.5f } };

        foreach (
            var (request, said) in new[]
            {
                (shared, ": the parameter shared_memory_region is not supported"),
                (output, "scores: the parameter shared_memory_byte_size is not supported"),
                (half, "input pixels: FP16 cannot be written out; send it as raw_input_contents"),
            }
        )
        {
            var failed = await Assert.ThrowsAsync<RpcException>(async () => await _client.ModelInferAsync(request));

            Assert.Equal(StatusCode.InvalidArgument, failed.StatusCode);
            Assert.Contains(said, failed.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_image_is_an_invalid_argument()
    {
        var request = new ModelInferRequest
        {
            ModelName = "null-encoded",
            Inputs = { Input("image", "BYTES", 1) },
            RawInputContents = { ByteString.CopyFrom([3, 0, 0, 0, 1, 2, 3]) },
        };

        Assert.Equal(
            StatusCode.InvalidArgument,
            (await Assert.ThrowsAsync<RpcException>(async () => await _client.ModelInferAsync(request))).StatusCode
        );
    }

    [Fact]
    public async Task A_full_meter_is_exhausted_at_once_and_says_when_to_come_again()
    {
        _host.Pipeline.Pause();
        var held = Enumerable.Range(0, 8).Select(_ => _client.ModelInferAsync(One()).ResponseAsync).ToArray();
        await Eventually.IsTrue(() => _host.Meter.Requests.Held == 8);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _client.ModelInferAsync(One()));

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.NotNull(refused.Trailers.GetValue("grpc-retry-pushback-ms"));
        _host.Pipeline.Resume();
        await Task.WhenAll(held).WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task A_deadline_that_passes_ends_it()
    {
        _host.Pipeline.Pause();

        var answer = _client
            .ModelInferAsync(One(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(50))
            .ResponseAsync;
        var late = await Assert.ThrowsAsync<RpcException>(() => answer.WaitAsync(Eventually.Deadline));
        _host.Pipeline.Resume();

        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
    }

    [Fact]
    public async Task A_deadline_is_kept_by_the_server_also_when_the_client_has_no_clock()
    {
        _host.Pipeline.Pause();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            $"{_host.Settings.GrpcUrls}/inference.GRPCInferenceService/ModelInfer"
        )
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Framed(One())),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        request.Headers.Add("grpc-timeout", "300m");

        using var answer = await client.SendAsync(request).WaitAsync(Eventually.Deadline);
        _host.Pipeline.Resume();

        var status = answer.Headers.TryGetValues("grpc-status", out var early)
            ? early
            : answer.TrailingHeaders.GetValues("grpc-status");
        Assert.Equal($"{DeadlineExceeded}", Assert.Single(status));
    }

    [Fact]
    public async Task The_timeout_of_the_protocol_is_a_deadline_too()
    {
        var request = One();
        request.Parameters.Add("timeout", new InferParameter { Int64Param = 1 });

        var late = await Assert.ThrowsAsync<RpcException>(async () => await _client.ModelInferAsync(request));

        Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
        Assert.Contains("the time of the request was over", late.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>As gRPC puts a message on the wire: not compressed, its length, its bytes.</summary>
    private static byte[] Framed(ModelInferRequest request)
    {
        var message = request.ToByteArray();
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static ModelInferRequest One() =>
        new()
        {
            ModelName = "null",
            Inputs = { Input("pixels", "UINT8", 1, 224, 224, 3) },
            RawInputContents = { ByteString.CopyFrom(new byte[224 * 224 * 3]) },
        };

    private static ModelInferRequest.Types.InferInputTensor Input(string name, string datatype, params long[] shape) =>
        new()
        {
            Name = name,
            Datatype = datatype,
            Shape = { shape },
        };
}
