using InferenceMeter.Api;
using InferenceMeter.Metering;

namespace InferenceMeter.Hosting;

/// <summary>One bench result, as printed and as written by <c>--json</c>.</summary>
internal sealed record BenchDocument(
    int SchemaVersion,
    string Id,
    DateTimeOffset StartedAt,
    DateTimeOffset FinishedAt,
    string Machine,
    string Verdict,
    IReadOnlyList<string> Reasons,
    string Scope,
    ImageSourceDocument ImageSource,
    double WarmUpSeconds,
    double DurationSeconds,
    long Images,
    long ImagesFailed,
    IntervalDocument? ImagesPerSecond,
    IReadOnlyList<CostDocument> Costs,
    IReadOnlyList<MoneyDocument>? Money,
    EnergyDocument? Energy,
    IReadOnlyDictionary<string, double> StageBusyShares,
    LatencyPercentiles? LatencySeconds,
    BottleneckDocument? Bottleneck,
    double? CpuStolenShare,
    bool? DeviceThrottled,
    IReadOnlyList<BenchDeviceDocument> Devices,
    IReadOnlyList<string> Notes,
    PriceDocument Price,
    EngineDocument Engine
)
{
    /// <summary>2: with id, start, machine, images, money, energy, and where the price is from.</summary>
    public const int Version = 2;
}

/// <summary>What was classified.</summary>
/// <param name="Kind"><c>synthetic</c> or <c>folder</c>.</param>
/// <param name="DistinctImages">Different ones; they are repeated.</param>
internal sealed record ImageSourceDocument(string Kind, int DistinctImages);
