using InferenceMeter.Composition;
using InferenceMeter.Documents;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.Api;

/// <summary><c>/api/v1/hours</c>: the history file by the hour.</summary>
internal static class HourEndpoints
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static void MapHours(this IEndpointRouteBuilder api) =>
        api.MapGet("/hours", Get)
            .WithName("GetHours")
            .WithSummary(
                "What each hour did and cost, all machines of the history file (?from=&to=, UTC; the last "
                    + "day when they are not given)."
            )
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static Results<Ok<HoursDocument>, ValidationProblem, ProblemHttpResult> Get(
        Meter meter,
        DateTimeOffset? from,
        DateTimeOffset? to
    )
    {
        if (meter.History is not { } history)
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
