using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.History;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.Api;

/// <summary><c>/api/v1/series</c>: throughput and cost over time, for charts.</summary>
internal static class SeriesEndpoints
{
    private const int DefaultSeconds = 300;
    private const int MostPoints = 300;

    public static void MapSeries(this IEndpointRouteBuilder api) =>
        api.MapGet("/series", Get)
            .WithName("GetSeries")
            .WithSummary(
                "Means of throughput and of cost (wall basis) over stretches of the last ?seconds=, at "
                    + "most a day: of this process in steps of 5 s or more, and before it by the hour from the "
                    + "history file."
            );

    private static Results<Ok<SeriesDocument>, ValidationProblem> Get(Meter meter, SeriesSampler sampler, int? seconds)
    {
        var span = seconds ?? DefaultSeconds;
        if (span < 10 || span > SeriesSampler.Kept.TotalSeconds)
            return TypedResults.ValidationProblem(
                new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["seconds"] = [$"10 to {SeriesSampler.Kept.TotalSeconds:#,0}"],
                }
            );
        var to = meter.Time.GetUtcNow();
        var from = to.AddSeconds(-span);
        var recent = sampler.Series.Points((int)(span / SeriesSampler.Step.TotalSeconds), MostPoints);
        return TypedResults.Ok(
            new SeriesDocument(from, to, [.. Before(meter, from, sampler.Series.Since ?? to), .. recent])
        );
    }

    /// <summary>
    /// Hours that were over before this process began, and the part of its first hour that an earlier process had:
    /// money over images is a mean over what ran.
    /// </summary>
    private static IEnumerable<SeriesPoint> Before(Meter meter, DateTimeOffset from, DateTimeOffset since) =>
        meter.History is not { } history || since <= from
            ? []
            : history
                .Hours(from, since)
                .Where(hour => hour.Machine == meter.Machine && hour.Hour.AddHours(1) <= since && hour.WallSeconds > 0)
                .Select(hour => SeriesPoint.Of(hour.Hour.AddHours(1), hour.WallSeconds, hour.ImagesOk, hour.SpentUsd));
}
