using System.Text.Json;
using InferenceMeter.Composition;
using InferenceMeter.History;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Documents;

/// <summary>What a run is asked for.</summary>
/// <param name="Seconds">Length of the measured part, after warm-up: 1 to 86,400, 60 when it is not given.</param>
internal sealed record RunRequest(int? Seconds);

/// <summary>A run.</summary>
/// <param name="Status"><c>running</c>, <c>finished</c> or <c>cancelled</c>.</param>
/// <param name="Seconds">Asked for; of a run under way.</param>
/// <param name="MeasuredSeconds">So far; of a run under way, absent during warm-up.</param>
/// <param name="Verdict"><c>VALID</c> or <c>INVALID</c>, of a finished one.</param>
/// <param name="Result">All of it, as <c>bench --json</c> writes it; absent in lists.</param>
internal sealed record RunDocument(
    string Id,
    string Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt,
    int? Seconds,
    double? MeasuredSeconds,
    string? Machine,
    string? Model,
    string? Precision,
    string? Scope,
    string? Verdict,
    double? ImagesPerSecond,
    decimal? UsdPerBillionImages,
    JsonElement? Result
)
{
    public static RunDocument From(RunningRun run) =>
        new(
            run.Id,
            "running",
            run.StartedAt,
            null,
            run.Seconds,
            run.MeasuredSeconds,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null
        );

    public static RunDocument From(RunRecord run, bool whole) =>
        new(
            run.Id,
            run.Verdict == VerdictNames.Cancelled ? "cancelled" : "finished",
            run.StartedAt,
            run.FinishedAt,
            null,
            null,
            run.Machine,
            run.Model,
            run.Precision,
            run.Scope,
            run.Verdict == VerdictNames.Cancelled ? VerdictNames.Invalid : run.Verdict,
            run.ImagesPerSecond,
            run.UsdPerBillionImages,
            whole ? JsonElement.Parse(run.Document) : null
        );
}

/// <summary>Runs, newest first.</summary>
/// <param name="Next">Give it as <c>before</c> for older ones; absent when there are none.</param>
internal sealed record RunsDocument(IReadOnlyList<RunDocument> Runs, string? Next);
