using InferenceMeter.Composition;
using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Documents;

/// <summary>One observation of the meter, as <c>GET /api/v1/meter</c> answers it.</summary>
internal sealed record ReadingDocument
{
    public required string State { get; init; }

    public required string? StateReason { get; init; }

    public required DateTimeOffset At { get; init; }

    public required double UptimeSeconds { get; init; }

    public required double? SteadySeconds { get; init; }

    public required string Scope { get; init; }

    public required double? RecentImagesPerSecond { get; init; }

    public required IReadOnlyList<WindowDocument> Windows { get; init; }

    public required IntervalDocument? CapacityImagesPerSecond { get; init; }

    public required IReadOnlyList<CostDocument> Costs { get; init; }

    /// <summary>Where the money of the 10s window's wall cost goes; absent while there is none.</summary>
    public required IReadOnlyList<MoneyDocument>? Money { get; init; }

    public required EnergyDocument? Energy { get; init; }

    /// <summary>
    /// An estimate: what training a ResNet-50 for 90 epochs would cost at the 1m window's wall cost, 0.346 billion
    /// forward passes.
    /// </summary>
    public required decimal? ImpliedTrainingUsd { get; init; }

    public required PriceDocument Price { get; init; }

    public required decimal SpentUsd { get; init; }

    public required DateTimeOffset SpentSince { get; init; }

    public required ImagesDocument Images { get; init; }

    /// <summary>What reading the images took; absent where none are read while it is measured.</summary>
    public required IReadOnlyList<FetchDocument>? Fetch { get; init; }

    public required IReadOnlyDictionary<string, double> StageBusySeconds { get; init; }

    public required LatencyPercentiles? LatencySeconds { get; init; }

    public required BottleneckDocument? Bottleneck { get; init; }

    public required EngineDocument Engine { get; init; }

    public required string? Broken { get; init; }

    public required IReadOnlyList<string> Marks { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    public static ReadingDocument From(MeterSnapshot meter)
    {
        var (reading, work) = (meter.Reading, meter.Work);
        var recent = meter.WallCost(MeasurementWindow.TenSeconds);
        var minute = meter.WallCost(MeasurementWindow.OneMinute);
        return new ReadingDocument
        {
            State = reading.State.Label(),
            StateReason = reading.StateReason,
            At = meter.At,
            UptimeSeconds = reading.TotalWallSeconds,
            SteadySeconds = meter.SteadySeconds,
            Scope = meter.Scope.Label(),
            RecentImagesPerSecond = reading.RecentImagesPerSecond,
            Windows = [.. reading.Windows.Select(WindowDocument.From)],
            CapacityImagesPerSecond = IntervalDocument.From(reading.Capacity),
            Costs = [.. meter.Costs.Select(CostDocuments.Describe)],
            Money = CostDocuments.Describe(meter.Breakdown, recent),
            Energy = CostDocuments.Describe(meter.Energy, meter, minute),
            ImpliedTrainingUsd = minute is { } usd ? Math.Round(CostPerBillion.ImpliedTrainingUsd(usd), 2) : null,
            Price = CostDocuments.Describe(meter.Price, meter),
            SpentUsd = Math.Round(meter.Spent, 6),
            SpentSince = meter.SpentSince,
            Images = new ImagesDocument
            {
                HandedOut = work.HandedOut,
                Ok = work.Ok,
                Failed = work.Failed,
                FailedBy = Reasons(work),
                Rejected = work.Rejected,
                Source = work.Source,
            },
            Fetch = FetchDocument.From(meter),
            StageBusySeconds = Enum.GetValues<Stage>().ToDictionary(s => s.Label(), work.BusySeconds),
            LatencySeconds = meter.Latency,
            Bottleneck = BottleneckDocument.From(meter.Bottleneck, meter.Price),
            Engine = EngineDocument.From(meter),
            Broken = meter.Broken,
            Marks = [.. DeviceDocuments.Marks(meter), .. CostDocuments.Marks(meter)],
            Notes = meter.Notes,
        };
    }

    private static Dictionary<string, long> Reasons(WorkSnapshot work) =>
        Enum.GetValues<ImageFailure>().Where(f => work.FailedBy(f) > 0).ToDictionary(f => f.ToLabel(), work.FailedBy);
}
