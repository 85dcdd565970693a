using System.Text.Json;
using InferenceMeter.Composition;
using InferenceMeter.Errors;
using InferenceMeter.History;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;

namespace InferenceMeter.Documents;

/// <summary>One bench result, as printed and as written by <c>--json</c>.</summary>
internal sealed record BenchDocument
{
    public required int SchemaVersion { get; init; }

    public required string Id { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }

    public required string Machine { get; init; }

    public required string Verdict { get; init; }

    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>The rules of the verdict: <c>default</c>, or <c>mlperf</c> (600 s and 24,576 images).</summary>
    public required string Rules { get; init; }

    public required string Scope { get; init; }

    public required ImageSourceDocument ImageSource { get; init; }

    /// <summary>What reading the images took; absent where none are read while it is measured.</summary>
    public required IReadOnlyList<FetchDocument>? Fetch { get; init; }

    public required double WarmUpSeconds { get; init; }

    public required double DurationSeconds { get; init; }

    public required long Images { get; init; }

    public required long ImagesFailed { get; init; }

    public required IntervalDocument? ImagesPerSecond { get; init; }

    public required IReadOnlyList<CostDocument> Costs { get; init; }

    public required IReadOnlyList<MoneyDocument>? Money { get; init; }

    public required EnergyDocument? Energy { get; init; }

    public required IReadOnlyDictionary<string, double> StageBusyShares { get; init; }

    public required LatencyPercentiles? LatencySeconds { get; init; }

    public required BottleneckDocument? Bottleneck { get; init; }

    public required double? CpuStolenShare { get; init; }

    public required bool? DeviceThrottled { get; init; }

    public required IReadOnlyList<BenchDeviceDocument> Devices { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    public required PriceDocument Price { get; init; }

    public required EngineDocument Engine { get; init; }

    /// <summary>2: with id, start, machine, images, money, energy, and where the price is from.</summary>
    public const int Version = 2;

    /// <param name="run">What was measured.</param>
    /// <param name="meter">The meter that it was measured on, at the end of the run.</param>
    public static BenchDocument From(RunReport run, MeterSnapshot meter)
    {
        var result = run.Result;
        var wall = run.Costs.FirstOrDefault(cost => cost.Basis == Basis.Wall)?.UsdPerBillion;
        return new BenchDocument
        {
            SchemaVersion = Version,
            Id = run.Id,
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt,
            Machine = meter.Machine,
            Verdict = run.Verdict.Verdict.Label(),
            Reasons = run.Verdict.Reasons,
            Rules = run.Verdict.Rules.Name,
            Scope = result.Scope.Label(),
            ImageSource = new ImageSourceDocument(meter.ImageSource, meter.DistinctImages),
            Fetch = FetchDocument.From(meter),
            WarmUpSeconds = result.WarmUpSeconds,
            DurationSeconds = result.DurationSeconds,
            Images = result.ImagesOk,
            ImagesFailed = result.ImagesFailed,
            ImagesPerSecond = IntervalDocument.From(result.ImagesPerSecond),
            Costs = [.. run.Costs.Select(CostDocuments.Describe)],
            Money = CostDocuments.Describe(run.Breakdown, wall),
            Energy = CostDocuments.Describe(run.Energy, meter, wall),
            StageBusyShares = result.StageBusyShares.ToDictionary(share => share.Key.Label(), share => share.Value),
            LatencySeconds = result.Latency,
            Bottleneck = BottleneckDocument.From(run.Bottleneck, meter.Price),
            CpuStolenShare = result.CpuStolenShare,
            DeviceThrottled = result.DeviceThrottled,
            Devices = [.. run.Devices.Select(BenchDeviceDocument.From)],
            Notes = meter.Notes,
            Price = CostDocuments.Describe(meter.Price, meter),
            Engine = EngineDocument.From(meter),
        };
    }

    /// <summary>As the archive keeps it.</summary>
    /// <param name="verdict">That of the run, or cancelled.</param>
    public RunRecord ToRecord(Verdict verdict) =>
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
/// <param name="Kind">Such as <c>synthetic</c>, <c>folder</c> or <c>s3</c>.</param>
/// <param name="DistinctImages">
/// Different ones; they are repeated. <see langword="null"/> while not all of them were read once.
/// </param>
internal sealed record ImageSourceDocument(string Kind, long? DistinctImages);
