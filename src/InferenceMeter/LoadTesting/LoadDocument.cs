using InferenceMeter.Hosting;

namespace InferenceMeter.LoadTesting;

/// <summary>A load run as <c>--json</c> writes it.</summary>
/// <param name="Peak">Whether it is the confirmed highest rate.</param>
/// <param name="UsdPerBillionImages">At the images a second of this run.</param>
internal sealed record LoadDocument(
    int Version,
    DateTimeOffset At,
    string Program,
    string Target,
    string Scenario,
    string Verdict,
    IReadOnlyList<string> Reasons,
    bool Peak,
    double? Rate,
    int? Concurrency,
    int? Batch,
    int SamplesPerQuery,
    double Seconds,
    double? BoundSeconds,
    double Percentile,
    int Seed,
    long Queries,
    long Ok,
    long Rejected,
    long Errors,
    long Late,
    long QueriesNeeded,
    double ScheduledPerSecond,
    double ImagesPerSecond,
    LoadLatency? LatencySeconds,
    double? LagP99Seconds,
    double? LagMaxSeconds,
    decimal? UsdPerHour,
    string? PriceSource,
    decimal? UsdPerBillionImages
)
{
    public static LoadDocument From(
        LoadResult result,
        string target,
        DateTimeOffset at,
        (decimal UsdPerHour, string Source)? price,
        bool peak,
        int? batch
    ) =>
        new(
            1,
            at,
            $"inferencemeter {BuildInfo.Version}",
            target,
            result.Plan.Scenario.Label(),
            result.IsValid ? "VALID" : "INVALID",
            result.Reasons,
            peak,
            result.Plan.IsOpen ? result.Plan.Rate : null,
            result.Plan.Scenario is LoadTesting.Scenario.Closed or LoadTesting.Scenario.Offline
                ? result.Plan.Concurrency
                : null,
            batch,
            result.Plan.SamplesPerQuery,
            result.Seconds,
            result.Plan.BoundSeconds,
            result.Plan.Percentile,
            result.Plan.Seed,
            result.Queries,
            result.Ok,
            result.Rejected,
            result.Errors,
            result.Late,
            result.QueriesNeeded,
            result.ScheduledPerSecond,
            result.SamplesPerSecond,
            result.Latency,
            result.LagP99Seconds,
            result.LagMaxSeconds,
            price?.UsdPerHour,
            price?.Source,
            price is { } known && result.SamplesPerSecond > 0
                ? Math.Round(known.UsdPerHour / 3600 / (decimal)result.SamplesPerSecond * 1_000_000_000m, 2)
                : null
        );
}
