using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.Metering;
using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.Api;

/// <summary><c>/api/v1/slo</c>: the rate at which the basis <c>slo</c> is computed.</summary>
internal static class SloEndpoints
{
    private const double Most = 1e9;

    public static void MapSlo(this IEndpointRouteBuilder api)
    {
        api.MapGet(
                "/slo",
                Results<Ok<SloDocument>, ProblemHttpResult> (Meter meter) =>
                    meter.Slo is { } slo
                        ? TypedResults.Ok(SloDocument.From(slo))
                        : TypedResults.Problem(
                            "No load test has published a rate yet: inferencemeter load http://this-meter "
                                + "--find-peak --publish",
                            title: "Not known",
                            statusCode: StatusCodes.Status404NotFound
                        )
            )
            .WithName("GetSlo")
            .WithSummary("The highest arrival rate at which a load test kept the latency bound.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        api.MapPut("/slo", Put)
            .GuardChanges()
            .WithName("PutSlo")
            .WithSummary("Sets that rate, at which the cost on the basis slo is computed.");
    }

    private static Results<Ok<SloDocument>, ValidationProblem> Put(SloRequest request, Meter meter)
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
        var slo = new SloResult(
            request.ImagesPerSecond!.Value,
            request.BoundSeconds!.Value,
            request.P99Seconds,
            meter.Time.GetUtcNow()
        );
        meter.Slo = slo;
        return TypedResults.Ok(SloDocument.From(slo));
    }
}
