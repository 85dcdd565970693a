using System.Text.Json;
using InferenceMeter.Web.Api;

namespace InferenceMeter.Web.OpenInference;

/// <summary>
/// Triton's extension <c>model_repository</c> over REST: the index of the models. What is served is chosen when the
/// meter starts, so loading and unloading are refused.
/// </summary>
internal static class RepositoryEndpoints
{
    /// <summary>Why a model is neither loaded nor unloaded.</summary>
    public const string Fixed =
        "models are not loaded or unloaded while the meter runs; it serves the one that it was started with "
        + "(the option --model)";

    private const int LargestQuestion = 4096;

    public static void MapModelRepository(this RouteGroupBuilder v2)
    {
        v2.MapPost(
                "/repository/index",
                (HttpContext context, ServedModels models) => IndexAsync(context.Request, models)
            )
            .WithSummary("The models and their states.");
        foreach (var change in new[] { "load", "unload" })
        {
            v2.MapPost(
                    "/repository/models/{name}/" + change,
                    (string name) => ProtocolProblem.Of(StatusCodes.Status501NotImplemented, Fixed)
                )
                .WithSummary("Refused: models are chosen when the meter starts.");
        }
    }

    private static async Task<IResult> IndexAsync(HttpRequest request, ServedModels models)
    {
        using var body = await RequestBody.ReadAsync(
            request.Body,
            request.ContentLength,
            LargestQuestion,
            request.HttpContext.RequestAborted
        );
        if (body is null)
            return ProtocolProblem.Of(
                StatusCodes.Status413PayloadTooLarge,
                $"a question for the index has at most {LargestQuestion:#,0} bytes"
            );
        try
        {
            return ProtoJson.Result(models.Index(OnlyReady(body.Bytes)).Models);
        }
        catch (JsonException)
        {
            return ProtocolProblem.Of(
                StatusCodes.Status400BadRequest,
                "the body is not JSON; accepted: nothing, or {\"ready\": true}"
            );
        }
    }

    private static bool OnlyReady(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            return false;
        using var document = JsonDocument.Parse(body);
        return document.RootElement is { ValueKind: JsonValueKind.Object } question
            && question.TryGetProperty("ready", out var ready)
            && ready.ValueKind == JsonValueKind.True;
    }
}
