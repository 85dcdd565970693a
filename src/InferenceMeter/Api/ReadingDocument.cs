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

/// <summary>What a billion images cost on one basis.</summary>
internal sealed record CostDocument(string Basis, string Scope, string Window, decimal UsdPerBillionImages, decimal Low, decimal? High, decimal UsdPerHour);

/// <summary>Throughput over one window.</summary>
internal sealed record WindowDocument(string Window, double WallSeconds, double BusySeconds, long Images, IntervalDocument? ImagesPerSecond);

/// <summary>Images since the start of the process; ok + failed + rejected + in flight = handed out.</summary>
internal sealed record ImagesDocument(long HandedOut, long Ok, long Failed, IReadOnlyDictionary<string, long> FailedBy, long Rejected, string Source);

/// <summary>The price in force.</summary>
internal sealed record PriceDocument(decimal UsdPerHour, string Source, DateOnly AsOf, string? Note);

/// <summary>What is run, on what, and how: enough to repeat the measurement.</summary>
internal sealed record EngineDocument(
    string Model, string ModelSha256, string Weights, string Precision, string AccuracyCheck, long Parameters, int InputHeight, int InputWidth, int Classes,
    string Provider, string Device, string? DeviceName, IReadOnlyList<DeviceDocument> Devices, int Cores, int Instances, int IntraOpThreads, int BatchSize, int DecoderWorkers, string Decoder, string OnnxRuntime, string Version);

/// <summary>One device: what it is, how the model runs on it, what it did, and what it says of itself.</summary>
internal sealed record DeviceDocument(
    string Device, string Provider, string? Name, string? Uuid, string? PciBusId, string? Cuda, string? Driver, IReadOnlyDictionary<string, string>? ProviderOptions,
    int? NodesOnProvider, int? NodesOnCpu, bool? CudaGraphs, long ImagesOk, long ImagesFailed, long Batches, double BusySeconds, decimal UsdPerHour,
    double? UtilizationRatio, long? MemoryUsedBytes, long? MemoryTotalBytes, double? PowerWatts, double? EnergyJoules, string? EnergySensor, double? TemperatureCelsius,
    double? SmClockMegahertz, bool? Throttled, IReadOnlyList<string>? ThrottleReasons, int? OtherProcesses, string? Note);

/// <summary>Which stage limits throughput, and what removing that limit would be worth.</summary>
/// <param name="Model">The engine by itself beside the pipeline: measured at the start, or estimated from the stages' times.</param>
internal sealed record BottleneckDocument(string Stage, double BusyShare, RateDocument? WithoutIt, RateDocument? Model, string? ModelFrom);

/// <summary>A throughput and what it would cost.</summary>
internal sealed record RateDocument(double ImagesPerSecond, decimal? UsdPerBillionImages);

/// <summary>One observation of the meter, as <c>GET /api/v1/meter</c> answers it.</summary>
internal sealed record ReadingDocument(
    string State, string? StateReason, DateTimeOffset At, double UptimeSeconds, double? SteadySeconds, string Scope, double? RecentImagesPerSecond,
    IReadOnlyList<WindowDocument> Windows, IntervalDocument? CapacityImagesPerSecond, IReadOnlyList<CostDocument> Costs, PriceDocument Price, decimal SpentUsd,
    ImagesDocument Images, IReadOnlyDictionary<string, double> StageBusySeconds, LatencyPercentiles? LatencySeconds, BottleneckDocument? Bottleneck, EngineDocument Engine, string? Broken, IReadOnlyList<string> Marks, IReadOnlyList<string> Notes)
{
    /// <summary>Takes a reading now.</summary>
    public static ReadingDocument From(MeterParts parts)
    {
        var reading = parts.Meter.Read();
        var work = parts.Counters.Snapshot();
        return new ReadingDocument(
            reading.State.Label(),
            reading.StateReason,
            parts.Time.GetUtcNow(),
            reading.TotalWallSeconds,
            reading.SteadySince is { } since ? parts.Time.GetElapsedTime(since, reading.At).TotalSeconds : null,
            parts.Scope.Label(),
            reading.RecentImagesPerSecond,
            [.. reading.Windows.Select(w => new WindowDocument(w.Name, w.WallSeconds, w.BusySeconds, w.Images, IntervalDocument.From(w.ImagesPerSecond)))],
            IntervalDocument.From(reading.Capacity),
            [.. CostReadings.From(reading, parts.Prices, parts.Scope).Select(ToDocument)],
            ToDocument(parts.Prices.Current),
            Math.Round(parts.Prices.TotalSpent(), 6),
            new ImagesDocument(work.HandedOut, work.Ok, work.Failed, Reasons(work), work.Rejected, work.Source),
            Enum.GetValues<Stage>().ToDictionary(s => s.Label(), work.BusySeconds),
            parts.Latency.Percentiles(),
            DescribeBottleneck(parts, parts.Load.Read()),
            Describe(parts),
            parts.Pipeline?.Health.Broken,
            DeviceDocuments.Marks(parts),
            parts.Pipeline?.Health.Notes ?? []);
    }

    public static CostDocument ToDocument(CostReading cost) => new(
        cost.Basis.Label(), cost.Scope.Label(), cost.Window, Round(cost.UsdPerBillion), Round(cost.Low), cost.High is { } high ? Round(high) : null, Round(cost.UsdPerHour));

    public static PriceDocument ToDocument(Price price) => new(price.UsdPerHour, price.Source, price.AsOf, price.Note);

    public static EngineDocument Describe(MeterParts parts)
    {
        var (model, engine) = (parts.Model, parts.Engine);
        return new EngineDocument(
            model.Name, model.Sha256, model.Weights, model.Precision, model.AccuracyCheck, model.Parameters, model.Height, model.Width, model.Classes,
            string.Join('+', parts.Devices.Select(device => device.Provider).Distinct(StringComparer.Ordinal)), string.Join(',', parts.Devices.Select(device => device.Device)),
            parts.Sensors.Read(0).Name, DeviceDocuments.Describe(parts), Environment.ProcessorCount, engine.Instances, engine.IntraOpThreads, parts.Pipeline?.Health.BatchLimit ?? engine.BatchSize,
            engine.DecoderWorkers, parts.Settings.Preprocessing.Decoder, OrtRuntime.Version, BuildInfo.Version);
    }

    /// <param name="load">Of the span that it is to be found in.</param>
    public static BottleneckDocument? DescribeBottleneck(MeterParts parts, StageLoadReading? load)
    {
        // Ready tensors pass no stage but the engine: there is nothing to compare.
        if (load is null || parts.Scope == Metering.Scope.Model || Metering.Bottleneck.Find(load, parts.Workers, parts.EngineAlone) is not { } limit) return null;
        return new BottleneckDocument(
            limit.Stage.Label(), limit.BusyShare, Rate(limit.WithoutItImagesPerSecond), Rate(limit.ModelImagesPerSecond), limit.ModelImagesPerSecond is null ? null : limit.ModelMeasured ? "measured" : "estimated");

        RateDocument? Rate(double? rate) => rate is { } known && double.IsFinite(known)
            ? new(known, CostPerBillion.Compute(parts.Prices.Current.PerHour, known) is { } usd ? Round(usd) : null) : null;
    }

    private static Dictionary<string, long> Reasons(WorkSnapshot work) =>
        Enum.GetValues<ImageFailure>().Where(f => work.FailedBy(f) > 0).ToDictionary(f => f.ToLabel(), work.FailedBy);

    private static decimal Round(decimal usd) => Math.Round(usd, 6);
}
