using InferenceMeter.History;
using InferenceMeter.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Api;

/// <summary>What a machine did and cost in an hour.</summary>
/// <param name="WallSeconds">That the meter ran in it.</param>
/// <param name="UsdPerBillionImages">Money over images, idle time included; absent when there were none.</param>
internal sealed record HourDocument(
    DateTimeOffset Hour,
    string Machine,
    double WallSeconds,
    double BusySeconds,
    long ImagesOk,
    long ImagesFailed,
    decimal SpentUsd,
    decimal? UsdPerBillionImages,
    double? EnergyJoules
)
{
    public static HourDocument From(HourRecord hour) =>
        new(
            hour.Hour,
            hour.Machine,
            hour.WallSeconds,
            hour.BusySeconds,
            hour.ImagesOk,
            hour.ImagesFailed,
            hour.SpentUsd,
            hour.ImagesOk > 0 ? CostDocuments.Round(hour.SpentUsd / hour.ImagesOk * 1e9m) : null,
            hour.EnergyJoules
        );
}

/// <summary>Hours, oldest first.</summary>
internal sealed record HoursDocument(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<HourDocument> Hours);

/// <summary><c>/api/v1/hours</c>: the history file by the hour.</summary>
internal static class HourEndpoints
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static void MapHours(this IEndpointRouteBuilder api) =>
        api.MapGet("/hours", Get)
            .WithName("GetHours")
            .WithSummary(
                "What each hour did and cost, all machines of the history file (?from=&to=, UTC; the last day when they are not given)."
            )
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static Results<Ok<HoursDocument>, ValidationProblem, ProblemHttpResult> Get(
        MeterService meter,
        DateTimeOffset? from,
        DateTimeOffset? to
    )
    {
        if (meter.Parts.History is not { } history)
            return TypedResults.Problem(
                "No history is kept; start with --history FILE.",
                title: "No history",
                statusCode: StatusCodes.Status404NotFound
            );
        var end = to ?? meter.Time.GetUtcNow();
        var start = from ?? end.AddDays(-1);
        if (start > end || end - start > Longest)
            return TypedResults.ValidationProblem(
                new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["from"] = [$"before 'to', and at most {Longest.TotalDays:0} days"],
                }
            );
        return TypedResults.Ok(new HoursDocument(start, end, [.. history.Hours(start, end).Select(HourDocument.From)]));
    }
}
