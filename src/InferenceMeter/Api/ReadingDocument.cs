using InferenceMeter.Hosting;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Api;

/// <summary>A figure with its 95 % confidence interval.</summary>
internal sealed record IntervalDocument(double Estimate, double Low, double? High)
{
    public static IntervalDocument? From(Estimate? estimate) => estimate is { } e ? new(e.Value, e.Low, e.High) : null;
}

/// <summary>Throughput over one window.</summary>
internal sealed record WindowDocument(
    string Window,
    double WallSeconds,
    double BusySeconds,
    long Images,
    IntervalDocument? ImagesPerSecond
);

/// <summary>Images since the start of the process; ok + failed + rejected + in flight = handed out.</summary>
internal sealed record ImagesDocument(
    long HandedOut,
    long Ok,
    long Failed,
    IReadOnlyDictionary<string, long> FailedBy,
    long Rejected,
    string Source
);

/// <summary>What is run, on what, and how: enough to repeat the measurement.</summary>
internal sealed record EngineDocument(
    string Model,
    string ModelSha256,
    string Weights,
    string Precision,
    string AccuracyCheck,
    long Parameters,
    int InputHeight,
    int InputWidth,
    int Classes,
    string Provider,
    string Device,
    string? DeviceName,
    IReadOnlyList<DeviceDocument> Devices,
    int Cores,
    int Instances,
    int IntraOpThreads,
    int BatchSize,
    int DecoderWorkers,
    string Decoder,
    string OnnxRuntime,
    string Version
);

/// <summary>One device: what it is, how the model runs on it, what it did, and what it says of itself.</summary>
internal sealed record DeviceDocument(
    string Device,
    string Provider,
    string? Name,
    string? Uuid,
    string? PciBusId,
    string? Cuda,
    string? Driver,
    IReadOnlyDictionary<string, string>? ProviderOptions,
    int? NodesOnProvider,
    int? NodesOnCpu,
    bool? CudaGraphs,
    long ImagesOk,
    long ImagesFailed,
    long Batches,
    double BusySeconds,
    decimal UsdPerHour,
    double? UtilizationRatio,
    long? MemoryUsedBytes,
    long? MemoryTotalBytes,
    double? PowerWatts,
    double? EnergyJoules,
    string? EnergySensor,
    double? TemperatureCelsius,
    double? SmClockMegahertz,
    bool? Throttled,
    IReadOnlyList<string>? ThrottleReasons,
    int? OtherProcesses,
    string? Note
);

/// <summary>Which stage limits throughput, and what removing that limit would be worth.</summary>
/// <param name="Model">The engine by itself beside the pipeline: measured at the start, or estimated from the stages' times.</param>
internal sealed record BottleneckDocument(
    string Stage,
    double BusyShare,
    RateDocument? WithoutIt,
    RateDocument? Model,
    string? ModelFrom
);

/// <summary>A throughput and what it would cost.</summary>
internal sealed record RateDocument(double ImagesPerSecond, decimal? UsdPerBillionImages);

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
    /// <summary>Takes a reading now.</summary>
    public static ReadingDocument From(MeterParts parts)
    {
        var reading = parts.Meter.Read();
        var work = parts.Counters.Snapshot();
        var load = parts.Load.Read();
        var costs = CostReadings.From(reading, parts.Prices, parts.Scope, parts.SloRate);
        var (recent, minute) = (Wall("10s"), Wall("1m"));
        return new ReadingDocument(
            reading.State.Label(),
            reading.StateReason,
            parts.Time.GetUtcNow(),
            reading.TotalWallSeconds,
            reading.SteadySince is { } since ? parts.Time.GetElapsedTime(since, reading.At).TotalSeconds : null,
            parts.Scope.Label(),
            reading.RecentImagesPerSecond,
            [
                .. reading.Windows.Select(w => new WindowDocument(
                    w.Name,
                    w.WallSeconds,
                    w.BusySeconds,
                    w.Images,
                    IntervalDocument.From(w.ImagesPerSecond)
                )),
            ],
            IntervalDocument.From(reading.Capacity),
            [.. costs.Select(CostDocuments.Describe)],
            CostDocuments.Describe(
                load is not null && reading.Window("10s") is { WallSeconds: > 0 } window
                    ? parts.Breakdown(load, window.BusySeconds / window.WallSeconds)
                    : null,
                recent
            ),
            CostDocuments.Describe(parts.Money.Energy.Read(), parts, minute),
            minute is { } usd ? Math.Round(CostPerBillion.ImpliedTrainingUsd(usd), 2) : null,
            CostDocuments.Describe(parts.Prices.Current, parts),
            Math.Round(parts.Money.Spent.Read(), 6),
            parts.Money.Spent.Since,
            new ImagesDocument(work.HandedOut, work.Ok, work.Failed, Reasons(work), work.Rejected, work.Source),
            Enum.GetValues<Stage>().ToDictionary(s => s.Label(), work.BusySeconds),
            parts.Latency.Percentiles(),
            DescribeBottleneck(parts, load),
            Describe(parts),
            parts.Pipeline?.Health.Broken,
            [.. DeviceDocuments.Marks(parts), .. CostDocuments.Marks(parts)],
            [.. parts.Pipeline?.Health.Notes ?? [], .. parts.History?.Note is { } note ? [note] : Array.Empty<string>()]
        );

        decimal? Wall(string window) =>
            costs.FirstOrDefault(cost => cost.Basis == Basis.Wall && cost.Window == window)?.UsdPerBillion;
    }

    public static EngineDocument Describe(MeterParts parts)
    {
        var (model, engine) = (parts.Model, parts.Engine);
        return new EngineDocument(
            model.Name,
            model.Sha256,
            model.Weights,
            model.Precision,
            model.AccuracyCheck,
            model.Parameters,
            model.Height,
            model.Width,
            model.Classes,
            string.Join('+', parts.Devices.Select(device => device.Provider).Distinct(StringComparer.Ordinal)),
            string.Join(',', parts.Devices.Select(device => device.Device)),
            parts.Sensors.Read(0).Name,
            DeviceDocuments.Describe(parts),
            Environment.ProcessorCount,
            engine.Instances,
            engine.IntraOpThreads,
            parts.Pipeline?.Health.BatchLimit ?? engine.BatchSize,
            engine.DecoderWorkers,
            parts.Settings.Preprocessing.Decoder,
            OrtRuntime.Version,
            BuildInfo.Version
        );
    }

    /// <param name="load">Of the span that it is to be found in.</param>
    public static BottleneckDocument? DescribeBottleneck(MeterParts parts, StageLoadReading? load)
    {
        // Ready tensors pass no stage but the engine: there is nothing to compare.
        if (
            load is null
            || parts.Scope == Metering.Scope.Model
            || Metering.Bottleneck.Find(load, parts.Workers, parts.EngineAlone) is not { } limit
        )
            return null;
        return new BottleneckDocument(
            limit.Stage.Label(),
            limit.BusyShare,
            Rate(limit.WithoutItImagesPerSecond),
            Rate(limit.ModelImagesPerSecond),
            limit.ModelImagesPerSecond is null ? null
                : limit.ModelMeasured ? "measured"
                : "estimated"
        );

        RateDocument? Rate(double? rate) =>
            rate is { } known && double.IsFinite(known)
                ? new(
                    known,
                    CostPerBillion.Compute(parts.Prices.Current.PerWorkingHour, known) is { } usd
                        ? CostDocuments.Round(usd)
                        : null
                )
                : null;
    }

    private static Dictionary<string, long> Reasons(WorkSnapshot work) =>
        Enum.GetValues<ImageFailure>().Where(f => work.FailedBy(f) > 0).ToDictionary(f => f.ToLabel(), work.FailedBy);
}
