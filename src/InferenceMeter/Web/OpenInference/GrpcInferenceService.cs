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
internal sealed class GrpcInferenceService(ServedModels models, Meter meter, StreamRateLimit streamLimit)
    : GRPCInferenceService.GRPCInferenceServiceBase
{
    [AllowAnonymous]
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = true });

    [AllowAnonymous]
    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = models.NotReady is null });

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context) =>
        Guarded(() =>
        {
            models.Find(request.Name, request.Version);
            return new ModelReadyResponse { Ready = models.NotReady is null };
        });

    public override Task<ServerMetadataResponse> ServerMetadata(
        ServerMetadataRequest request,
        ServerCallContext context
    ) =>
        Task.FromResult(
            new ServerMetadataResponse
            {
                Name = "inferencemeter",
                Version = BuildInfo.Version,
                Extensions = { ServedModels.Extensions },
            }
        );

    public override Task<ModelMetadataResponse> ModelMetadata(
        ModelMetadataRequest request,
        ServerCallContext context
    ) =>
        Guarded(() =>
        {
            var model = models.Find(request.Name, request.Version);
            return new ModelMetadataResponse
            {
                Name = model.Name,
                Versions = { ServedModels.Version },
                Platform = ServedModels.Platform,
                Inputs = { Describe(model.Input) },
                Outputs = { model.Outputs.Select(Describe) },
            };
        });

    public override Task<ModelConfigResponse> ModelConfig(ModelConfigRequest request, ServerCallContext context) =>
        Guarded(() => new ModelConfigResponse { Config = models.Configuration(request.Name, request.Version) });

    public override Task<ModelStatisticsResponse> ModelStatistics(
        ModelStatisticsRequest request,
        ServerCallContext context
    ) => Guarded(() => models.Statistics(request.Name, request.Version));

    public override Task<RepositoryIndexResponse> RepositoryIndex(
        RepositoryIndexRequest request,
        ServerCallContext context
    ) => Task.FromResult(models.Index(request.Ready));

    public override Task<RepositoryModelLoadResponse> RepositoryModelLoad(
        RepositoryModelLoadRequest request,
        ServerCallContext context
    ) => throw GrpcStatus.Unimplemented(RepositoryEndpoints.Fixed);

    public override Task<RepositoryModelUnloadResponse> RepositoryModelUnload(
        RepositoryModelUnloadRequest request,
        ServerCallContext context
    ) => throw GrpcStatus.Unimplemented(RepositoryEndpoints.Fixed);

    [EnableRateLimiting(RequestRateLimit.Policy)]
    public override async Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
    {
        try
        {
            return await InferAsync(request, context);
        }
        catch (ProtocolException wrong)
        {
            throw wrong.ToStatus();
        }
        catch (RequestRefusedException refused)
        {
            throw refused.ToStatus();
        }
    }

    [EnableRateLimiting(RequestRateLimit.Policy)]
    public override async Task ModelStreamInfer(
        IAsyncStreamReader<ModelInferRequest> requestStream,
        IServerStreamWriter<ModelStreamInferResponse> responseStream,
        ServerCallContext context
    ) =>
        await InferStream.RunAsync(
            requestStream,
            responseStream,
            request =>
            {
                streamLimit.Count(context.GetHttpContext());
                return InferAsync(request, context);
            },
            models.MostImages,
            context.CancellationToken
        );

    private async Task<ModelInferResponse> InferAsync(ModelInferRequest request, ServerCallContext context)
    {
        var arrival = meter.Time.GetTimestamp();
        var outputs = await models.InferAsync(
            request.ModelName,
            request.ModelVersion,
            GrpcRequest.Read(request, context.Deadline, meter.Time),
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

    private static Task<T> Guarded<T>(Func<T> answer)
    {
        try
        {
            return Task.FromResult(answer());
        }
        catch (ProtocolException wrong)
        {
            throw wrong.ToStatus();
        }
    }

    private static ModelMetadataResponse.Types.TensorMetadata Describe(TensorSpec tensor) =>
        new()
        {
            Name = tensor.Name,
            Datatype = tensor.Datatype,
            Shape = { tensor.Shape },
        };
}
