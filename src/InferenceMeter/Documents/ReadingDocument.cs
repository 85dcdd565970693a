using InferenceMeter.Composition;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Documents;

/// <summary>One observation of the meter, as <c>GET /api/v1/meter</c> answers it.</summary>
/// <param name="Money">Where the money of the 10s window's wall cost goes; absent while there is none.</param>
/// <param name="ImpliedTrainingUsd">An estimate: what training a ResNet-50 for 90 epochs would cost at the 1m window's wall cost, 0.346 billion forward passes.</param>
internal sealed record ReadingDocument(
    string State,
    string? StateReason,
    DateTimeOffset At,
    double UptimeSeconds,
    double? SteadySeconds,
    string Scope,
    double? RecentImagesPerSecond,
    IReadOnlyList<WindowDocument> Windows,
    IntervalDocument? CapacityImagesPerSecond,
    IReadOnlyList<CostDocument> Costs,
    IReadOnlyList<MoneyDocument>? Money,
    EnergyDocument? Energy,
    decimal? ImpliedTrainingUsd,
    PriceDocument Price,
    decimal SpentUsd,
    DateTimeOffset SpentSince,
    ImagesDocument Images,
    IReadOnlyDictionary<string, double> StageBusySeconds,
    LatencyPercentiles? LatencySeconds,
    BottleneckDocument? Bottleneck,
    EngineDocument Engine,
    string? Broken,
    IReadOnlyList<string> Marks,
    IReadOnlyList<string> Notes
)
{
    public static ReadingDocument From(MeterSnapshot meter)
    {
        var (reading, work) = (meter.Reading, meter.Work);
        var (recent, minute) = (meter.WallCost("10s"), meter.WallCost("1m"));
        return new ReadingDocument(
            reading.State.Label(),
            reading.StateReason,
            meter.At,
            reading.TotalWallSeconds,
            meter.SteadySeconds,
            meter.Scope.Label(),
            reading.RecentImagesPerSecond,
            [.. reading.Windows.Select(WindowDocument.From)],
            IntervalDocument.From(reading.Capacity),
            [.. meter.Costs.Select(CostDocuments.Describe)],
            CostDocuments.Describe(meter.Breakdown, recent),
            CostDocuments.Describe(meter.Energy, meter, minute),
            minute is { } usd ? Math.Round(CostPerBillion.ImpliedTrainingUsd(usd), 2) : null,
            CostDocuments.Describe(meter.Price, meter),
            Math.Round(meter.Spent, 6),
            meter.SpentSince,
            new ImagesDocument(work.HandedOut, work.Ok, work.Failed, Reasons(work), work.Rejected, work.Source),
            Enum.GetValues<Stage>().ToDictionary(s => s.Label(), work.BusySeconds),
            meter.Latency,
            BottleneckDocument.From(meter.Bottleneck, meter.Price),
            EngineDocument.From(meter),
            meter.Broken,
            [.. DeviceDocuments.Marks(meter), .. CostDocuments.Marks(meter)],
            meter.Notes
        );
    }

    private static Dictionary<string, long> Reasons(WorkSnapshot work) =>
        Enum.GetValues<ImageFailure>().Where(f => work.FailedBy(f) > 0).ToDictionary(f => f.ToLabel(), work.FailedBy);
}
