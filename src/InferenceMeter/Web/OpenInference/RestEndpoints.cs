using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using InferenceMeter.Composition;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using InferenceMeter.Web.Api;
using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.OpenInference;

/// <summary>A model's metadata.</summary>
internal sealed record ModelDocument
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Versions { get; init; }

    public required string Platform { get; init; }

    public required IReadOnlyList<TensorSpec> Inputs { get; init; }

    public required IReadOnlyList<TensorSpec> Outputs { get; init; }
}

/// <summary>The Open Inference Protocol over REST: <c>/v2</c>, with the binary tensor extension both ways.</summary>
internal static class RestEndpoints
{
    private const string HeaderLength = "Inference-Header-Content-Length";

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
                            extensions = Extensions,
                        }
                    )
            )
            .WithSummary("The server.");
        v2.MapGet("/health/live", () => TypedResults.Json(new { live = true }))
            .AllowAnonymous()
            .WithSummary("The process answers.");
        v2.MapGet("/health/ready", (ServedModels models) => Ready(models))
            .AllowAnonymous()
            .WithSummary("Requests are answered; else 503.");
        foreach (var model in new[] { "/models/{name}", "/models/{name}/versions/{version}" })
        {
            v2.MapGet(
                    model,
                    (string name, string? version, ServedModels models) =>
                        Guarded(() => Metadata(models, name, version))
                )
                .WithSummary("What a model takes and answers.");
            v2.MapGet(
                    $"{model}/ready",
                    (string name, string? version, ServedModels models) =>
                        Guarded(() =>
                        {
                            models.Input(name, version);
                            return Ready(models);
                        })
                )
                .WithSummary("The model is ready; else 503.");
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

    /// <summary>Those of Triton's extensions that are understood.</summary>
    public static IReadOnlyList<string> Extensions { get; } = ["binary_tensor_data", "classification"];

    private static IResult Ready(ServedModels models) =>
        models.NotReady is { } reason
            ? ServingProblems.Problem(StatusCodes.Status503ServiceUnavailable, "Not ready", reason)
            : TypedResults.Json(new { ready = true });

    private static JsonHttpResult<ModelDocument> Metadata(ServedModels models, string name, string? version)
    {
        var input = models.Input(name, version);
        return TypedResults.Json(
            new ModelDocument
            {
                Name = name,
                Versions = [ServedModels.Version],
                Platform = ServedModels.Platform,
                Inputs = [input],
                Outputs = models.Outputs,
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
            return ServingProblems.Problem(
                StatusCodes.Status413PayloadTooLarge,
                "Too large",
                $"the request is larger than {limit:#,0} bytes; the meter takes larger ones with --max-request-bytes"
            );
        try
        {
            int? header = null;
            if (context.Request.Headers.TryGetValue(HeaderLength, out var told))
                header = int.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                    ? length
                    : throw new ProtocolException(ProtocolError.Invalid, $"{HeaderLength} is no whole number");
            var request = RestRequest.Read(body.Bytes, header);
            var outputs = await models.InferAsync(name, version, request.Call, arrival, context.RequestAborted);
            return Answer(name, request, outputs, context);
        }
        catch (ProtocolException wrong)
        {
            return Problem(wrong);
        }
        catch (RequestRefusedException refused)
        {
            return ServingProblems.Refused(refused, context);
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

    private static ProblemHttpResult Problem(ProtocolException wrong)
    {
        var (status, title) = wrong.Error switch
        {
            ProtocolError.NotFound => (StatusCodes.Status404NotFound, "No such model"),
            ProtocolError.Unprocessable => (
                StatusCodes.Status422UnprocessableEntity,
                "Not an image that can be classified"
            ),
            ProtocolError.Late => (StatusCodes.Status504GatewayTimeout, "Too late"),
            ProtocolError.Unavailable => (StatusCodes.Status503ServiceUnavailable, "Not serving"),
            _ => (StatusCodes.Status400BadRequest, "Not a request of the protocol"),
        };
        return ServingProblems.Problem(status, title, wrong.Message);
    }

    private static FileContentHttpResult Answer(
        string name,
        RestRequest request,
        IReadOnlyList<TensorData> outputs,
        HttpContext context
    )
    {
        var (json, binary) = (new ArrayBufferWriter<byte>(1024), new ArrayBufferWriter<byte>(1024));
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("model_name", name);
            writer.WriteString("model_version", ServedModels.Version);
            if (request.Call.Id.Length > 0)
                writer.WriteString("id", request.Call.Id);
            writer.WriteStartArray("outputs");
            foreach (var output in outputs)
            {
                var isBinary =
                    request.Call.Outputs.FirstOrDefault(asked => asked.Name == output.Name)?.IsBinary
                    ?? request.BinaryOutputs;
                Write(writer, output, isBinary);
                if (isBinary)
                    binary.Write(output.Content.Span);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        if (binary.WrittenCount == 0)
            return TypedResults.Bytes(json.WrittenMemory, "application/json");
        context.Response.Headers[HeaderLength] = json.WrittenCount.ToString(CultureInfo.InvariantCulture);
        json.Write(binary.WrittenSpan);
        return TypedResults.Bytes(json.WrittenMemory, "application/octet-stream");
    }

    private static void Write(Utf8JsonWriter writer, TensorData tensor, bool isBinary)
    {
        writer.WriteStartObject();
        writer.WriteString("name", tensor.Name);
        writer.WriteString("datatype", tensor.Datatype);
        writer.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
            writer.WriteNumberValue(size);
        writer.WriteEndArray();
        if (isBinary)
        {
            writer.WriteStartObject("parameters");
            writer.WriteNumber("binary_data_size", tensor.Content.Length);
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStartArray("data");
            WriteData(writer, tensor);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter writer, TensorData tensor)
    {
        var content = tensor.Content.Span;
        switch (tensor.Datatype)
        {
            case "FP32":
                foreach (var value in MemoryMarshal.Cast<byte, float>(content))
                    writer.WriteNumberValue(value);
                break;
            case "INT64":
                foreach (var value in MemoryMarshal.Cast<byte, long>(content))
                    writer.WriteNumberValue(value);
                break;
            default:
                while (content.Length > 0)
                {
                    var length = BinaryPrimitives.ReadInt32LittleEndian(content);
                    writer.WriteStringValue(Encoding.UTF8.GetString(content.Slice(4, length)));
                    content = content[(4 + length)..];
                }

                break;
        }
    }
}
