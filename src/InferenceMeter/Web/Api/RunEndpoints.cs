using InferenceMeter.Documents;
using InferenceMeter.Web.Health;
using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.Api;

/// <summary><c>/api/v1/runs</c>: bounded measurements with a verdict on the pipeline that serves.</summary>
internal static class RunEndpoints
{
    private const int DefaultSeconds = 60;
    private const int MaxSeconds = 86_400;
    private const int MaxPage = 200;

    public static void MapRuns(this IEndpointRouteBuilder api)
    {
        var runs = api.MapGroup("/runs");
        runs.MapGet("", List)
            .WithName("GetRuns")
            .WithSummary("Runs, newest first: those of the history file, or the last hundred of this process.");
        runs.MapGet("/{id}", Get)
            .WithName("GetRun")
            .WithSummary("One run; with its result when it is over.")
            .ProducesProblem(StatusCodes.Status404NotFound);
        runs.MapPost("", Post)
            .GuardChanges()
            .WithName("PostRun")
            .WithSummary("Starts a run, one at a time; follow it at its Location.")
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        runs.MapDelete("/{id}", Delete)
            .GuardChanges()
            .WithName("DeleteRun")
            .WithSummary("Cancels the run under way; what it has measured is kept.")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static Results<Ok<RunsDocument>, ValidationProblem> List(RunService service, int? limit, string? before)
    {
        if (limit is < 1 or > MaxPage)
            return TypedResults.ValidationProblem(
                new Dictionary<string, string[]>(StringComparer.Ordinal) { ["limit"] = [$"1 to {MaxPage}"] }
            );
        var page = limit ?? 50;
        var finished = service.Archive.List(page, before);
        var all = finished.Select(run => RunDocument.From(run, whole: false));
        if (before is null && service.Running is { } running)
            all = all.Prepend(RunDocument.From(running));
        return TypedResults.Ok(new RunsDocument([.. all], finished.Count == page ? finished[^1].Id : null));
    }

    private static Results<Ok<RunDocument>, ProblemHttpResult> Get(string id, RunService service)
    {
        if (service.Running is { } running && running.Id == id)
            return TypedResults.Ok(RunDocument.From(running));
        return service.Archive.Find(id) is { } run ? TypedResults.Ok(RunDocument.From(run, whole: true)) : Unknown(id);
    }

    private static Results<Accepted<RunDocument>, ValidationProblem, ProblemHttpResult> Post(
        RunRequest request,
        RunService service,
        MeterReadiness readiness
    )
    {
        var seconds = request.Seconds ?? DefaultSeconds;
        if (seconds is < 1 or > MaxSeconds)
            return TypedResults.ValidationProblem(
                new Dictionary<string, string[]>(StringComparer.Ordinal) { ["seconds"] = [$"1 to {MaxSeconds:#,0}"] }
            );
        if (readiness.NotReady is { } reason)
            return TypedResults.Problem(
                reason,
                title: "Not ready",
                statusCode: StatusCodes.Status503ServiceUnavailable
            );
        return service.TryStart(seconds, out var run)
            ? TypedResults.Accepted($"/api/v1/runs/{run.Id}", RunDocument.From(run))
            : TypedResults.Problem(
                $"Run {run.Id} is under way since {run.StartedAt:HH:mm:ss} UTC; wait for it, or DELETE "
                    + $"/api/v1/runs/{run.Id}.",
                title: "One run at a time",
                statusCode: StatusCodes.Status409Conflict
            );
    }

    private static async Task<Results<Ok<RunDocument>, ProblemHttpResult>> Delete(string id, RunService service)
    {
        var cancelled = await service.CancelAsync(id);
        if (service.Archive.Find(id) is not { } run)
            return Unknown(id);
        return cancelled
            ? TypedResults.Ok(RunDocument.From(run, whole: true))
            : TypedResults.Problem(
                $"Run {id} is over; there is nothing to cancel.",
                title: "Not running",
                statusCode: StatusCodes.Status409Conflict
            );
    }

    public static ProblemHttpResult Unknown(string id) =>
        TypedResults.Problem(
            $"There is no run '{(id.Length > 64 ? id[..64] : id)}'; GET /api/v1/runs lists those that are kept.",
            title: "No such run",
            statusCode: StatusCodes.Status404NotFound
        );
}
