using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Telemetry;
using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace InferenceMeter.Web.Api;

/// <summary><c>POST /api/v1/classify</c>.</summary>
internal static class ClassifyEndpoints
{
    public static void MapClassify(this IEndpointRouteBuilder api) =>
        api.MapPost("/classify", PostAsync)
            .RequireAuthorization(Access.Inference)
            .RequireRateLimiting(RequestRateLimit.Policy)
            .WithName("Classify")
            .WithSummary(
                "Classifies the image in the body (JPEG, PNG, WebP, BMP, GIF), or several as "
                    + "multipart/form-data: classes, times, cost."
            )
            // Whatever it is called: curl sends an image as application/x-www-form-urlencoded.
            .Accepts<Stream>("*/*")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
            .ProducesProblem(StatusCodes.Status429TooManyRequests)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .ProducesProblem(StatusCodes.Status504GatewayTimeout);

    private static async Task<Results<Ok<ClassifyDocument>, ProblemHttpResult>> PostAsync(
        HttpRequest request,
        RequestDispatcher desk,
        Meter meter,
        InferenceMetrics metrics,
        int? top,
        int? timeout,
        CancellationToken gone
    )
    {
        var arrival = meter.Time.GetTimestamp();
        var most = meter.Model.Top;
        if (top < 1 || top > most)
            return Bad($"top is {top}, accepted: 1 to {most}");
        if (timeout is < 1 or > 600_000)
            return Bad($"timeout is {timeout}, accepted: milliseconds from 1 to 600,000");
        var bodies = new List<RequestBody>();
        try
        {
            var (names, problem) = await ReadAsync(
                request,
                bodies,
                meter.Preprocessing.MaxEncodedBytes,
                desk.Limit,
                gone
            );
            if (problem is not null)
                return problem;
            var answers = await desk.ClassifyAsync(
                [.. bodies.Select(body => body.Bytes)],
                isPixels: false,
                arrival,
                timeout is { } wait ? TimeSpan.FromMilliseconds(wait) : null,
                gone
            );
            foreach (var answer in answers.Where(answer => answer.Outcome == AnswerOutcome.Classified))
                metrics.RequestAnswered(Scope.Service, answer.Times.Total);
            if (ServingProblems.Undone(answers) is { } undone)
                return undone;
            if (answers is [{ Outcome: AnswerOutcome.Failed } one])
                return ServingProblems.Failed(one.Failure);
            return TypedResults.Ok(Describe(meter, answers, names, top ?? most));
        }
        catch (RequestRefusedException refused)
        {
            return ServingProblems.Refused(refused, request.HttpContext);
        }
        finally
        {
            foreach (var body in bodies)
                body.Dispose();
        }
    }

    private static ClassifyDocument Describe(
        Meter meter,
        IReadOnlyList<ImageAnswer> answers,
        IReadOnlyList<string?> names,
        int top
    )
    {
        var (price, model) = (meter.Prices.Current, meter.Model);
        var images = answers
            .Select(
                (answer, i) =>
                    new ClassifiedDocument
                    {
                        Name = names[i],
                        Classes =
                            answer.Outcome == AnswerOutcome.Classified
                                ?
                                [
                                    .. answer
                                        .Classes.Take(top)
                                        .Select(best => new ClassDocument(
                                            best.Index,
                                            best.Index < model.Labels.Count ? model.Labels[best.Index] : null,
                                            best.Probability
                                        )),
                                ]
                                : null,
                        Error = answer.Outcome == AnswerOutcome.Failed ? answer.Failure.ToLabel() : null,
                        Seconds = new TimesDocument
                        {
                            Queue = answer.Times.Queue,
                            Decode = answer.Times.Decode,
                            Batch = answer.Times.Batch,
                            Infer = answer.Times.Infer,
                            Total = answer.Times.Total,
                        },
                        BatchImages = answer.Times.BatchImages,
                        Usd = Math.Round(meter.AnswerCost.Usd(answer.Times, price.PerWorkingHour), 12),
                    }
            )
            .ToArray();
        return new ClassifyDocument
        {
            Model = model.Name,
            Precision = model.Precision,
            Weights = model.Weights,
            Images = images,
            Usd = images.Sum(image => image.Usd),
            UsdPerHour = price.PerWorkingHour.Usd,
        };
    }

    private static async Task<(IReadOnlyList<string?> Names, ProblemHttpResult? Problem)> ReadAsync(
        HttpRequest request,
        List<RequestBody> bodies,
        int limit,
        int most,
        CancellationToken gone
    )
    {
        if (
            MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
        )
            return await ReadPartsAsync(
                request.Body,
                HeaderUtilities.RemoveQuotes(type.Boundary).ToString(),
                bodies,
                limit,
                most,
                gone
            );
        if (await RequestBody.ReadAsync(request.Body, request.ContentLength, limit, gone) is not { } body)
            return ([], TooLarge(limit));
        bodies.Add(body);
        return body.Bytes.Length > 0
            ? ([null], null)
            : ([], Bad("the body is empty; send an image, as `curl --data-binary @photo.jpg`"));
    }

    private static async Task<(IReadOnlyList<string?> Names, ProblemHttpResult? Problem)> ReadPartsAsync(
        Stream stream,
        string boundary,
        List<RequestBody> bodies,
        int limit,
        int most,
        CancellationToken gone
    )
    {
        if (boundary.Length is 0 or > 70)
            return ([], Bad("multipart/form-data without a boundary of at most 70 characters"));
        var names = new List<string?>();
        try
        {
            var reader = new MultipartReader(boundary, stream)
            {
                HeadersCountLimit = 16,
                HeadersLengthLimit = 8 * 1024,
            };
            while (await reader.ReadNextSectionAsync(gone) is { } section)
            {
                if (bodies.Count == most)
                    return (
                        [],
                        TypedResults.Problem(
                            $"more than {most:#,0} images in one request; this meter takes that many at once",
                            title: "Too many images",
                            statusCode: StatusCodes.Status413PayloadTooLarge
                        )
                    );
                var file = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                    ? disposition.FileNameStar.Value
                        ?? HeaderUtilities.RemoveQuotes(disposition.FileName).Value
                        ?? HeaderUtilities.RemoveQuotes(disposition.Name).Value
                    : null;
                if (await RequestBody.ReadAsync(section.Body, null, limit, gone) is not { } body)
                    return ([], TooLarge(limit));
                bodies.Add(body);
                names.Add(file is { Length: > 200 } ? file[..200] : file ?? $"{names.Count}");
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not BadHttpRequestException)
        {
            return ([], Bad($"the multipart body is broken: {broken.Message.ReplaceLineEndings(" ")}"));
        }

        return names.Count > 0
            ? (names, null)
            : ([], Bad("the multipart body has no parts; send images, as `curl --form file=@photo.jpg`"));
    }

    private static ProblemHttpResult Bad(string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    private static ProblemHttpResult TooLarge(int limit) =>
        TypedResults.Problem(
            $"an image is larger than {limit:#,0} bytes; the meter takes larger ones with --max-image-bytes",
            title: "Too large",
            statusCode: StatusCodes.Status413PayloadTooLarge
        );
}
