using System.Text.Json;
using InferenceMeter.Composition;
using InferenceMeter.Errors;
using InferenceMeter.History;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Documents;

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

    /// <param name="run">What was measured.</param>
    /// <param name="meter">The meter that it was measured on, at the end of the run.</param>
    public static BenchDocument From(RunReport run, MeterSnapshot meter)
    {
        var result = run.Result;
        var wall = run.Costs.FirstOrDefault(cost => cost.Basis == Basis.Wall)?.UsdPerBillion;
        return new BenchDocument(
            Version,
            run.Id,
            run.StartedAt,
            run.FinishedAt,
            meter.Machine,
            run.Verdict.Name,
            run.Verdict.Reasons,
            result.Scope.Label(),
            new ImageSourceDocument(meter.ImageSource, meter.DistinctImages),
            result.WarmUpSeconds,
            result.DurationSeconds,
            result.ImagesOk,
            result.ImagesFailed,
            IntervalDocument.From(result.ImagesPerSecond),
            [.. run.Costs.Select(CostDocuments.Describe)],
            CostDocuments.Describe(run.Breakdown, wall),
            CostDocuments.Describe(run.Energy, meter, wall),
            result.StageBusyShares.ToDictionary(share => share.Key.Label(), share => share.Value),
            result.Latency,
            BottleneckDocument.From(run.Bottleneck, meter.Price),
            result.CpuStolenShare,
            result.DeviceThrottled,
            [.. run.Devices.Select(BenchDeviceDocument.From)],
            meter.Notes,
            CostDocuments.Describe(meter.Price, meter),
            EngineDocument.From(meter)
        );
    }

    /// <summary>As the archive keeps it.</summary>
    /// <param name="verdict">The document's, or <see cref="VerdictNames.Cancelled"/>.</param>
    public RunRecord ToRecord(string verdict) =>
        new()
        {
            Id = Id,
            StartedAt = StartedAt,
            FinishedAt = FinishedAt,
            Machine = Machine,
            Model = Engine.Model,
            Precision = Engine.Precision,
            Scope = Scope,
            Verdict = verdict,
            ImagesPerSecond = ImagesPerSecond?.Estimate,
            UsdPerBillionImages = Costs.FirstOrDefault(cost => cost.Basis == Basis.Wall.Label())?.UsdPerBillionImages,
            Document = JsonSerializer.Serialize(this, JsonFile.Compact),
        };
}

/// <summary>What was classified.</summary>
/// <param name="Kind"><c>synthetic</c> or <c>folder</c>.</param>
/// <param name="DistinctImages">Different ones; they are repeated.</param>
internal sealed record ImageSourceDocument(string Kind, int DistinctImages);
