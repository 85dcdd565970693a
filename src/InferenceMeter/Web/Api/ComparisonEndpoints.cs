using InferenceMeter.Comparison;
using InferenceMeter.Documents;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Reports;
using InferenceMeter.Runs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.Api;

/// <summary>
/// <c>/api/v1/comparison</c>: runs by their ids, as <c>compare</c> shows the files of <c>bench --json</c>.
/// </summary>
internal static class ComparisonEndpoints
{
    private const int MostRuns = 50;

    public static void MapComparison(this IEndpointRouteBuilder api) =>
        api.MapGet("/comparison", Get)
            .WithName("GetComparison")
            .WithSummary(
                "Runs side by side, the cheapest first, and why two of them differ "
                    + "(?run=ID&run=ID&basis=&pair=ID,ID&anchor=&format=json|text|markdown|csv|html)."
            )
            .Produces<ComparisonDocument>()
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static Results<ContentHttpResult, ValidationProblem, ProblemHttpResult> Get(
        RunArchive archive,
        string[]? run,
        string? basis,
        string? pair,
        string? anchor,
        string format = "json"
    )
    {
        basis ??= Basis.Wall.Label();
        var from = ReferenceEndpoints.Anchor(anchor);
        var ends = pair?.Split(',', StringSplitOptions.TrimEntries);
        var wrong = new Dictionary<string, string[]>(StringComparer.Ordinal);
        if (run is not { Length: >= 1 and <= MostRuns })
            wrong["run"] = [$"ids of 1 to {MostRuns} runs, as ?run=ID&run=ID"];
        if (!ComparisonReport.Bases.Contains(basis, StringComparer.Ordinal))
            wrong["basis"] = [$"one of {string.Join(", ", ComparisonReport.Bases)}"];
        if (ends is { Length: not 2 })
            wrong["pair"] = ["ids of two runs with a comma between them"];
        if (from is null)
            wrong["anchor"] = [$"one of {string.Join(", ", ReferenceEndpoints.Anchors)}"];
        if (!ComparisonReport.Formats.Contains(format, StringComparer.Ordinal))
            wrong["format"] = [$"one of {string.Join(", ", ComparisonReport.Formats)}"];
        if (wrong.Count > 0)
            return TypedResults.ValidationProblem(wrong);

        var runs = new List<ComparedRun>();
        foreach (var id in run!.Distinct(StringComparer.Ordinal))
        {
            if (archive.Find(id) is not { } found)
                return RunEndpoints.Unknown(id);
            runs.Add(RunFileReader.Parse(found.Document, $"run {id}", id));
        }

        try
        {
            var comparison = RunComparison.Of(runs, basis, ends is [var a, var b] ? (a, b) : null);
            return TypedResults.Content(
                ComparisonReport.Render(format, comparison, from!),
                ComparisonReport.MediaType(format)
            );
        }
        catch (RunFileException e)
        {
            return TypedResults.ValidationProblem(
                new Dictionary<string, string[]>(StringComparer.Ordinal) { ["pair"] = [e.Message] }
            );
        }
    }
}
