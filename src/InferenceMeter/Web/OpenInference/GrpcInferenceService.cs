using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using InferenceMeter.Composition;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Telemetry;
using InferenceMeter.Web.OpenInference.Grpc;
using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.RateLimiting;

namespace InferenceMeter.Web.OpenInference;

/// <summary>The Open Inference Protocol over gRPC.</summary>
[Authorize(Access.Inference)]
[BindServiceMethod(typeof(CheckedMessages), nameof(CheckedMessages.BindService))]
internal sealed class GrpcInferenceService(ServedModels models, Meter meter)
    : GRPCInferenceService.GRPCInferenceServiceBase
{
    [AllowAnonymous]
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = true });

    [AllowAnonymous]
    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = models.NotReady is null });

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context)
    {
        Input(request.Name, request.Version);
        return Task.FromResult(new ModelReadyResponse { Ready = models.NotReady is null });
    }

    public override Task<ServerMetadataResponse> ServerMetadata(
        ServerMetadataRequest request,
        ServerCallContext context
    ) =>
        Task.FromResult(
            new ServerMetadataResponse
            {
                Name = "inferencemeter",
                Version = BuildInfo.Version,
                Extensions = { RestEndpoints.Extensions },
            }
        );

    public override Task<ModelMetadataResponse> ModelMetadata(
        ModelMetadataRequest request,
        ServerCallContext context
    ) =>
        Task.FromResult(
            new ModelMetadataResponse
            {
                Name = request.Name,
                Versions = { ServedModels.Version },
                Platform = ServedModels.Platform,
                Inputs = { Describe(Input(request.Name, request.Version)) },
                Outputs = { models.Outputs.Select(Describe) },
            }
        );

    [EnableRateLimiting(RequestRateLimit.Policy)]
    public override async Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
    {
        var arrival = meter.Time.GetTimestamp();
        try
        {
            var outputs = await models.InferAsync(
                request.ModelName,
                request.ModelVersion,
                Read(request, context),
                arrival,
                context.CancellationToken
            );
            var response = new ModelInferResponse
            {
                ModelName = request.ModelName,
                ModelVersion = ServedModels.Version,
                Id = request.Id,
            };
            foreach (var output in outputs)
            {
                response.Outputs.Add(
                    new ModelInferResponse.Types.InferOutputTensor
                    {
                        Name = output.Name,
                        Datatype = output.Datatype,
                        Shape = { output.Shape },
                    }
                );
                response.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(output.Content));
            }

            return response;
        }
        catch (ProtocolException wrong)
        {
            throw Status(wrong);
        }
        catch (RequestRefusedException refused)
        {
            throw Status(refused);
        }
    }

    private TensorSpec Input(string name, string version)
    {
        try
        {
            return models.Input(name, version);
        }
        catch (ProtocolException wrong)
        {
            throw Status(wrong);
        }
    }

    private InferCall Read(ModelInferRequest request, ServerCallContext context)
    {
        if (request.RawInputContents.Count > 0 && request.RawInputContents.Count != request.Inputs.Count)
            throw ProtocolException.Invalid(
                $"{request.RawInputContents.Count} raw_input_contents for {request.Inputs.Count} inputs; "
                    + "there must be one for each"
            );
        foreach (var input in request.Inputs)
            TensorParameters.Check(input.Name, input.Parameters.Keys);
        foreach (var output in request.Outputs)
            TensorParameters.Check(output.Name, output.Parameters.Keys);
        var inputs = request.Inputs.Select(
            (input, i) =>
                new TensorData(
                    input.Name,
                    input.Datatype,
                    [.. input.Shape],
                    request.RawInputContents.Count > 0 ? request.RawInputContents[i].Memory : Contents(input)
                )
        );
        var outputs = request.Outputs.Select(output => new RequestedOutput(
            output.Name,
            output.Parameters.TryGetValue("classification", out var most)
                ? (int)Math.Clamp(Number(most, "classification"), int.MinValue, int.MaxValue)
                : null,
            null
        ));
        return new InferCall(request.Id, [.. inputs], [.. outputs], Timeout(request, context));
    }

    private static ReadOnlyMemory<byte> Contents(ModelInferRequest.Types.InferInputTensor input)
    {
        TensorParameters.CheckWritten(input.Name, input.Datatype, "raw_input_contents");
        switch (input.Datatype)
        {
            case "UINT8" when input.Contents is { } numbers:
                return numbers
                    .UintContents.Select(
                        (value, i) =>
                            value <= byte.MaxValue
                                ? (byte)value
                                : throw new ProtocolException(
                                    ProtocolError.Invalid,
                                    $"input {input.Name}: value {i + 1} is not from 0 to 255"
                                )
                    )
                    .ToArray();
            case "FP32" when input.Contents is { } numbers:
                return MemoryMarshal.AsBytes<float>(numbers.Fp32Contents.ToArray()).ToArray();
            case "BYTES" when input.Contents is { } texts:
                var bytes = new byte[texts.BytesContents.Sum(text => 4 + text.Length)];
                var at = 0;
                foreach (var text in texts.BytesContents)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), text.Length);
                    text.Span.CopyTo(bytes.AsSpan(at + 4));
                    at += 4 + text.Length;
                }

                return bytes;
            default:
                return default;
        }
    }

    /// <summary>The earlier of the call's deadline and Triton's parameter.</summary>
    private TimeSpan? Timeout(ModelInferRequest request, ServerCallContext context)
    {
        var deadline =
            context.Deadline == DateTime.MaxValue
                ? (TimeSpan?)null
                : context.Deadline - meter.Time.GetUtcNow().UtcDateTime;
        if (
            !request.Parameters.TryGetValue("timeout", out var given)
            || Number(given, "timeout") is not (var microseconds and not 0)
        )
            return deadline;
        if (microseconds is < 0 or > InferTimeouts.MostMicroseconds)
            throw ProtocolException.Invalid(
                $"timeout is {microseconds}, accepted: microseconds from 1 to {InferTimeouts.MostMicroseconds:#,0}"
            );
        var timeout = TimeSpan.FromMicroseconds(microseconds);
        return deadline < timeout ? deadline : timeout;
    }

    private static long Number(InferParameter parameter, string name) =>
        parameter.ParameterChoiceCase switch
        {
            InferParameter.ParameterChoiceOneofCase.Int64Param => parameter.Int64Param,
            InferParameter.ParameterChoiceOneofCase.Uint64Param when parameter.Uint64Param <= long.MaxValue => (long)
                parameter.Uint64Param,
            _ => throw new ProtocolException(ProtocolError.Invalid, $"the parameter {name} is no whole number"),
        };

    private static ModelMetadataResponse.Types.TensorMetadata Describe(TensorSpec tensor) =>
        new()
        {
            Name = tensor.Name,
            Datatype = tensor.Datatype,
            Shape = { tensor.Shape },
        };

    private static RpcException Status(RequestRefusedException refused)
    {
        var status = refused.Reason switch
        {
            RefusalReason.Full => StatusCode.ResourceExhausted,
            RefusalReason.TooMany => StatusCode.InvalidArgument,
            _ => StatusCode.Unavailable,
        };
        var trailers = new Metadata();
        if (refused.Reason == RefusalReason.Full)
        {
            trailers.Add("retry-after", Whole(refused.RetryAfter.TotalSeconds));
            trailers.Add("grpc-retry-pushback-ms", Whole(refused.RetryAfter.TotalMilliseconds));
        }

        return new RpcException(new Status(status, refused.Message), trailers);
    }

    private static RpcException Status(ProtocolException wrong) =>
        new(
            new Status(
                wrong.Error switch
                {
                    ProtocolError.NotFound => StatusCode.NotFound,
                    ProtocolError.Late => StatusCode.DeadlineExceeded,
                    ProtocolError.Unavailable => StatusCode.Unavailable,
                    _ => StatusCode.InvalidArgument,
                },
                wrong.Message
            )
        );

    private static string Whole(double value) => value.ToString("0", CultureInfo.InvariantCulture);
}
