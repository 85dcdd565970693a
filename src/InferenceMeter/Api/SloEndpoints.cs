using InferenceMeter.Hosting;
using InferenceMeter.Metering;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Api;

/// <summary>The highest arrival rate at which a load test saw the bound kept.</summary>
/// <param name="ImagesPerSecond">Above 0.</param>
/// <param name="BoundSeconds">Of p99.</param>
/// <param name="P99Seconds">That was seen at that rate.</param>
internal sealed record SloRequest(double? ImagesPerSecond, double? BoundSeconds, double? P99Seconds);

/// <summary>The same, with when it was told.</summary>
internal sealed record SloDocument(double ImagesPerSecond, double BoundSeconds, double? P99Seconds, DateTimeOffset At);

/// <summary><c>/api/v1/slo</c>: what the basis <c>slo</c> is reckoned at.</summary>
internal static class SloEndpoints
{
    private const double Most = 1e9;

    public static void MapSlo(this IEndpointRouteBuilder api)
    {
        api.MapGet(
                "/slo",
                Results<Ok<SloDocument>, ProblemHttpResult> (MeterService meter) =>
                    meter.Parts.Slo is { } slo
                        ? TypedResults.Ok(slo)
                        : TypedResults.Problem(
                            "No load test has told a rate yet: inferencemeter load http://this-meter --find-peak --publish",
                            title: "Not known",
                            statusCode: StatusCodes.Status404NotFound
                        )
            )
            .WithName("GetSlo")
            .WithSummary("The highest arrival rate at which a load test saw the bound kept.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        api.MapPut("/slo", Put)
            .AddEndpointFilter<ChangeGuard>()
            .WithName("PutSlo")
            .WithSummary("Tells that rate, which becomes the basis slo of the cost.")
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden);
    }

    private static Results<Ok<SloDocument>, ValidationProblem> Put(SloRequest request, MeterService meter)
    {
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (request.ImagesPerSecond is not (> 0 and <= Most))
            errors["imagesPerSecond"] = ["above 0, at most 1e9"];
        if (request.BoundSeconds is not (> 0 and <= 3600))
            errors["boundSeconds"] = ["above 0, at most 3600"];
        if (request.P99Seconds is not (null or (>= 0 and <= 3600)))
            errors["p99Seconds"] = ["0 to 3600"];
        if (errors.Count > 0)
            return TypedResults.ValidationProblem(errors);
        meter.Parts.Slo = new SloDocument(
            request.ImagesPerSecond!.Value,
            request.BoundSeconds!.Value,
            request.P99Seconds,
            meter.Time.GetUtcNow()
        );
        return TypedResults.Ok(meter.Parts.Slo);
    }
}
