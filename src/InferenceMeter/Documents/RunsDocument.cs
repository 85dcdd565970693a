using System.Text.Json;
using InferenceMeter.History;
using InferenceMeter.Metering;
using InferenceMeter.Runs;

namespace InferenceMeter.Documents;

/// <summary>What a run is asked for.</summary>
/// <param name="Seconds">Length of the measured part, after warm-up: 1 to 86,400, 60 when it is not given.</param>
internal sealed record RunRequest(int? Seconds);

/// <summary>A run.</summary>
internal sealed record RunDocument
{
    public required string Id { get; init; }

    /// <summary><c>running</c>, <c>finished</c> or <c>cancelled</c>.</summary>
    public required string Status { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    /// <summary>Asked for; of a run under way.</summary>
    public required int? Seconds { get; init; }

    /// <summary>So far; of a run under way, absent during warm-up.</summary>
    public required double? MeasuredSeconds { get; init; }

    public required string? Machine { get; init; }

    public required string? Model { get; init; }

    public required string? Precision { get; init; }

    public required string? Scope { get; init; }

    /// <summary><c>VALID</c> or <c>INVALID</c>, of a finished one.</summary>
    public required string? Verdict { get; init; }

    public required double? ImagesPerSecond { get; init; }

    public required decimal? UsdPerBillionImages { get; init; }

    /// <summary>All of it, as <c>bench --json</c> writes it; absent in lists.</summary>
    public required JsonElement? Result { get; init; }

    public static RunDocument From(RunningRun run) =>
        new RunDocument
        {
            Id = run.Id,
            Status = "running",
            StartedAt = run.StartedAt,
            FinishedAt = null,
            Seconds = run.Seconds,
            MeasuredSeconds = run.MeasuredSeconds,
            Machine = null,
            Model = null,
            Precision = null,
            Scope = null,
            Verdict = null,
            ImagesPerSecond = null,
            UsdPerBillionImages = null,
            Result = null,
        };

    public static RunDocument From(RunRecord run, bool whole) =>
        new RunDocument
        {
            Id = run.Id,
            Status = run.Verdict == Metering.Verdict.Cancelled ? "cancelled" : "finished",
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt,
            Seconds = null,
            MeasuredSeconds = null,
            Machine = run.Machine,
            Model = run.Model,
            Precision = run.Precision,
            Scope = run.Scope,
            Verdict = (
                run.Verdict == Metering.Verdict.Valid ? Metering.Verdict.Valid : Metering.Verdict.Invalid
            ).Label(),
            ImagesPerSecond = run.ImagesPerSecond,
            UsdPerBillionImages = run.UsdPerBillionImages,
            Result = whole ? JsonElement.Parse(run.Document) : null,
        };
}

/// <summary>Runs, newest first.</summary>
/// <param name="Next">Give it as <c>before</c> for older ones; absent when there are none.</param>
internal sealed record RunsDocument(IReadOnlyList<RunDocument> Runs, string? Next);
