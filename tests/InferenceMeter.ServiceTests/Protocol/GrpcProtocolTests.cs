using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using InferenceMeter.Protocol.Grpc;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Protocol;

/// <summary>The Open Inference Protocol over gRPC.</summary>
public sealed class GrpcProtocolTests : IAsyncLifetime
{
    private readonly MeterHost _host = new(
        new MeterSettings
        {
            Requests = new RequestSettings { Background = "off", MaxInFlight = 8 },
        }
    );
    private GrpcChannel _channel = null!;
    private GRPCInferenceService.GRPCInferenceServiceClient _client = null!;

    public async Task InitializeAsync()
    {
        await _host.Start();
        _channel = GrpcChannel.ForAddress(
            "http://localhost",
            new GrpcChannelOptions { HttpHandler = _host.Server.CreateHandler() }
        );
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
        Assert.Equal((3, 3), (_host.Parts.Counters.Snapshot().Ok, _host.Parts.Counters.Snapshot().Sources[1].Ok.Sum()));
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
        while (_host.Parts.Desk.Held < 8)
            await Task.Delay(5);

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _client.ModelInferAsync(One()));

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.NotNull(refused.Trailers.GetValue("grpc-retry-pushback-ms"));
        _host.Pipeline.Resume();
        await Task.WhenAll(held).WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_deadline_that_passes_ends_it()
    {
        _host.Pipeline.Pause();

        var answer = _client
            .ModelInferAsync(One(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(50))
            .ResponseAsync;
        await Task.Delay(200);
        _host.Pipeline.Resume();

        Assert.Equal(
            StatusCode.DeadlineExceeded,
            (await Assert.ThrowsAsync<RpcException>(() => answer.WaitAsync(TimeSpan.FromSeconds(20)))).StatusCode
        );
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
