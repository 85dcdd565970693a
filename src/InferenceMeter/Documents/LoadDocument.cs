using InferenceMeter.LoadTesting;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Documents;

/// <summary>A load run as <c>--json</c> writes it.</summary>
internal sealed record LoadDocument
{
    public required int Version { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Program { get; init; }

    public required string Target { get; init; }

    public required string Scenario { get; init; }

    public required string Verdict { get; init; }

    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Whether it is the confirmed highest rate.</summary>
    public required bool Peak { get; init; }

    public required double? Rate { get; init; }

    public required int? Concurrency { get; init; }

    public required int? Batch { get; init; }

    public required int SamplesPerQuery { get; init; }

    public required double Seconds { get; init; }

    public required double? BoundSeconds { get; init; }

    public required double Percentile { get; init; }

    public required int Seed { get; init; }

    public required long Queries { get; init; }

    public required long Ok { get; init; }

    public required long Rejected { get; init; }

    public required long Errors { get; init; }

    public required long Late { get; init; }

    public required long QueriesNeeded { get; init; }

    public required double ScheduledPerSecond { get; init; }

    public required double ImagesPerSecond { get; init; }

    public required LoadLatency? LatencySeconds { get; init; }

    public required double? LagP99Seconds { get; init; }

    public required double? LagMaxSeconds { get; init; }

    public required decimal? UsdPerHour { get; init; }

    public required string? PriceSource { get; init; }

    /// <summary>At the images a second of this run.</summary>
    public required decimal? UsdPerBillionImages { get; init; }

    public static LoadDocument From(
        LoadResult result,
        string target,
        DateTimeOffset at,
        (decimal UsdPerHour, string Source)? price,
        bool peak,
        int? batch
    ) =>
        new LoadDocument
        {
            Version = 1,
            At = at,
            Program = $"inferencemeter {BuildInfo.Version}",
            Target = target,
            Scenario = result.Plan.Scenario.Label(),
            Verdict = (result.IsValid ? Metering.Verdict.Valid : Metering.Verdict.Invalid).Label(),
            Reasons = result.Reasons,
            Peak = peak,
            Rate = result.Plan.IsOpen ? result.Plan.Rate : null,
            Concurrency = result.Plan.Scenario is LoadTesting.Scenario.Closed or LoadTesting.Scenario.Offline
                ? result.Plan.Concurrency
                : null,
            Batch = batch,
            SamplesPerQuery = result.Plan.SamplesPerQuery,
            Seconds = result.Seconds,
            BoundSeconds = result.Plan.BoundSeconds,
            Percentile = result.Plan.Percentile,
            Seed = result.Plan.Seed,
            Queries = result.Queries,
            Ok = result.Ok,
            Rejected = result.Rejected,
            Errors = result.Errors,
            Late = result.Late,
            QueriesNeeded = result.QueriesNeeded,
            ScheduledPerSecond = result.ScheduledPerSecond,
            ImagesPerSecond = result.SamplesPerSecond,
            LatencySeconds = result.Latency,
            LagP99Seconds = result.LagP99Seconds,
            LagMaxSeconds = result.LagMaxSeconds,
            UsdPerHour = price?.UsdPerHour,
            PriceSource = price?.Source,
            UsdPerBillionImages =
                price is { } known && result.SamplesPerSecond > 0
                    ? Math.Round(known.UsdPerHour / 3600 / (decimal)result.SamplesPerSecond * 1_000_000_000m, 2)
                    : null,
        };
}
