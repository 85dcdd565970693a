using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using InferenceMeter.Errors;
using InferenceMeter.LoadTesting;
using InferenceMeter.Web.OpenInference;
using InferenceMeter.Web.OpenInference.Grpc;
using InferenceMeter.Web.Security;

namespace InferenceMeter.LoadTargets;

/// <summary>A server of the Open Inference Protocol over gRPC.</summary>
internal sealed class GrpcTarget : ILoadTarget
{
    private readonly GrpcChannel _channel;
    private readonly GRPCInferenceService.GRPCInferenceServiceClient _client;
    private readonly Metadata _headers = [];
    private readonly string _model;
    private readonly TargetAddress _server;
    private TensorSamples? _tensors;

    private GrpcTarget(TargetAddress server, string model)
    {
        (_server, _model) = (server, model);
        _channel = GrpcChannel.ForAddress(
            server.Root,
            new GrpcChannelOptions
            {
                MaxReceiveMessageSize = null,
                MaxSendMessageSize = null,
                HttpHandler = new SocketsHttpHandler
                {
                    UseProxy = false,
                    EnableMultipleHttp2Connections = true,
                    InitialHttp2StreamWindowSize = 1024 * 1024,
                },
            }
        );
        _client = new GRPCInferenceService.GRPCInferenceServiceClient(_channel);
        if (server.Key is { } key)
            _headers.Add(ApiKey.Header, key);
        if (server.Host is { } host)
            _headers.Add("Host", host);
    }

    public string Description => $"{_server} over gRPC, model {_model}, {_tensors!.Input}, {_tensors.Count} distinct";

    public string? LastError { get; private set; }

    /// <summary>Asks what the model takes.</summary>
    /// <exception cref="UserException">It does not say, or takes what cannot be made.</exception>
    public static async Task<GrpcTarget> ConnectAsync(
        TargetAddress server,
        string model,
        SampleSet samples,
        CancellationToken cancellation
    )
    {
        var target = new GrpcTarget(server, model);
        try
        {
            var metadata = await target._client.ModelMetadataAsync(
                new ModelMetadataRequest { Name = model },
                target._headers,
                cancellationToken: cancellation
            );
            if (metadata.Inputs is not [var input])
                throw new UserException(
                    $"the model {model} has more than one input; load tests need one with exactly one"
                );
            target._tensors = new TensorSamples(new TensorSpec(input.Name, input.Datatype, [.. input.Shape]), samples);
            return target;
        }
        catch (RpcException broken)
        {
            await target.DisposeAsync();
            throw new UserException(
                $"{server} does not answer over gRPC: {broken.StatusCode}, "
                    + $"{broken.Status.Detail.ReplaceLineEndings(" ")}"
            );
        }
    }

    public async ValueTask<QueryOutcome> SendAsync(ReadOnlyMemory<int> samples, CancellationToken cancellation)
    {
        var contents = _tensors!.Contents(samples).ToArray();
        var request = new ModelInferRequest
        {
            ModelName = _model,
            Inputs =
            {
                new ModelInferRequest.Types.InferInputTensor
                {
                    Name = _tensors.Input.Name,
                    Datatype = _tensors.Input.Datatype,
                    Shape = { _tensors.Shape(samples.Length) },
                },
            },
            RawInputContents =
            {
                contents.Length == 1
                    ? UnsafeByteOperations.UnsafeWrap(contents[0])
                    : ByteString.CopyFrom([.. contents.SelectMany(content => content.ToArray())]),
            },
        };
        try
        {
            await _client.ModelInferAsync(request, _headers, cancellationToken: cancellation);
            return QueryOutcome.Ok;
        }
        catch (RpcException failed) when (failed.StatusCode == StatusCode.ResourceExhausted)
        {
            LastError = failed.Status.Detail;
            return QueryOutcome.Rejected;
        }
        catch (RpcException failed)
        {
            LastError = $"{failed.StatusCode}: {failed.Status.Detail.ReplaceLineEndings(" ")}";
            return QueryOutcome.Error;
        }
    }

    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }
}
