using System.Globalization;
using InferenceMeter.Composition;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using InferenceMeter.Web.Api;
using InferenceMeter.Web.Health;
using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.OpenInference;

/// <summary>The Open Inference Protocol over REST: <c>/v2</c>, with the binary tensor extension both ways.</summary>
internal static class RestEndpoints
{
    public static void MapOpenInferenceRest(this IEndpointRouteBuilder routes)
    {
        var v2 = routes.MapGroup("/v2").WithTags("Open Inference Protocol");
        v2.MapGet(
                "",
                () =>
                    TypedResults.Json(
                        new
                        {
                            name = "inferencemeter",
                            version = BuildInfo.Version,
                            extensions = ServedModels.Extensions,
                        }
                    )
            )
            .WithSummary("The server.");
        v2.MapMethods("/health/live", HealthEndpoints.Methods, () => TypedResults.Json(new { live = true }))
            .AllowAnonymous()
            .WithSummary("The process answers.");
        v2.MapMethods("/health/ready", HealthEndpoints.Methods, (ServedModels models) => Ready(models))
            .AllowAnonymous()
            .WithSummary("Requests are answered; else 503.");
        v2.MapModelRepository();
        v2.MapGet("/models/stats", (ServedModels models) => ProtoJson.Result(models.Statistics(null, null)))
            .WithSummary("What was counted of the requests for every model, as Triton tells it.");
        foreach (var model in new[] { "/models/{name}", "/models/{name}/versions/{version}" })
        {
            v2.MapGet(
                    model,
                    (string name, string? version, ServedModels models) =>
                        Guarded(() => Metadata(models, name, version))
                )
                .WithSummary("What a model takes and answers.");
            v2.MapMethods(
                    $"{model}/ready",
                    HealthEndpoints.Methods,
                    (string name, string? version, ServedModels models) =>
                        Guarded(() =>
                        {
                            models.Find(name, version);
                            return Ready(models);
                        })
                )
                .WithSummary("The model is ready; else 503.");
            v2.MapGet(
                    $"{model}/config",
                    (string name, string? version, ServedModels models) =>
                        Guarded(() => ProtoJson.Result(models.Configuration(name, version)))
                )
                .WithSummary("The configuration of a model, as Triton describes it.");
            v2.MapGet(
                    $"{model}/stats",
                    (string name, string? version, ServedModels models) =>
                        Guarded(() => ProtoJson.Result(models.Statistics(name, version)))
                )
                .WithSummary("What was counted of the requests for a model, as Triton tells it.");
            v2.MapPost(
                    $"{model}/infer",
                    (
                        string name,
                        string? version,
                        HttpContext context,
                        ServedModels models,
                        Meter meter,
                        ServiceSettings settings
                    ) => InferAsync(name, version, context, models, meter, settings)
                )
                .RequireAuthorization(Access.Inference)
                .RequireRateLimiting(RequestRateLimit.Policy)
                .WithSummary("Classifies images: pixels, or JPEG, PNG, ... as BYTES.");
        }
    }

    private static IResult Ready(ServedModels models) =>
        models.NotReady is { } reason
            ? ProtocolProblem.Of(StatusCodes.Status503ServiceUnavailable, reason)
            : TypedResults.Json(new { ready = true });

    private static JsonHttpResult<ModelDocument> Metadata(ServedModels models, string name, string? version)
    {
        var model = models.Find(name, version);
        return TypedResults.Json(
            new ModelDocument
            {
                Name = name,
                Versions = [ServedModels.Version],
                Platform = ServedModels.Platform,
                Inputs = [model.Input],
                Outputs = model.Outputs,
            }
        );
    }

    private static async Task<IResult> InferAsync(
        string name,
        string? version,
        HttpContext context,
        ServedModels models,
        Meter meter,
        ServiceSettings settings
    )
    {
        var arrival = meter.Time.GetTimestamp();
        var limit = settings.MaxRequestBytes;
        using var body = await RequestBody.ReadAsync(
            context.Request.Body,
            context.Request.ContentLength,
            limit,
            context.RequestAborted
        );
        if (body is null)
            return ProtocolProblem.Of(
                StatusCodes.Status413PayloadTooLarge,
                $"the request is larger than {limit:#,0} bytes; the meter takes larger ones with --max-request-bytes"
            );
        try
        {
            int? header = null;
            if (context.Request.Headers.TryGetValue(RestRequest.HeaderLength, out var told))
                header = int.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                    ? length
                    : throw ProtocolException.Invalid($"{RestRequest.HeaderLength} is no whole number");
            var request = RestRequest.Read(body.Bytes, header);
            var outputs = await models.InferAsync(name, version, request.Call, arrival, context.RequestAborted);
            return RestResponse.Write(name, request, outputs, context);
        }
        catch (ProtocolException wrong)
        {
            return Problem(wrong);
        }
        catch (RequestRefusedException refused)
        {
            var problem = ServingProblems.Refused(refused, context);
            return ProtocolProblem.Of(problem.StatusCode, refused.Message);
        }
    }

    private static IResult Guarded(Func<IResult> answer)
    {
        try
        {
            return answer();
        }
        catch (ProtocolException wrong)
        {
            return Problem(wrong);
        }
    }

    private static JsonHttpResult<ProtocolProblem> Problem(ProtocolException wrong) =>
        ProtocolProblem.Of(
            wrong.Error switch
            {
                ProtocolError.NotFound => StatusCodes.Status404NotFound,
                ProtocolError.Unprocessable => StatusCodes.Status422UnprocessableEntity,
                ProtocolError.Late => StatusCodes.Status504GatewayTimeout,
                ProtocolError.Unavailable => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status400BadRequest,
            },
            wrong.Message
        );
}
