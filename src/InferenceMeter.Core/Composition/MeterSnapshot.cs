using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Composition;

/// <summary>One device at one moment.</summary>
internal sealed record DeviceSnapshot
{
    public required string Device { get; init; }

    public required string Provider { get; init; }

    /// <summary>What its sessions say of it.</summary>
    public required DeviceFacts Facts { get; init; }

    /// <summary>What it did.</summary>
    public required DeviceWorkSnapshot Work { get; init; }

    /// <summary>What its sensors say.</summary>
    public required DeviceReading Reading { get; init; }

    /// <summary>Its part of the machine's price, US dollars per hour.</summary>
    public required decimal UsdPerHour { get; init; }
}

/// <summary>Everything that a meter can tell at one moment.</summary>
internal sealed record MeterSnapshot
{
    public required DateTimeOffset At { get; init; }

    public required string Machine { get; init; }

    public required MeterReading Reading { get; init; }

    /// <summary>Seconds since the end of warm-up; <see langword="null"/> while it has not ended.</summary>
    public required double? SteadySeconds { get; init; }

    public required WorkSnapshot Work { get; init; }

    public required Scope Scope { get; init; }

    /// <summary>Kind of the images' source.</summary>
    public required string ImageSource { get; init; }

    public required long? DistinctImages { get; init; }

    /// <summary>What was read of the images, one for each kind of source.</summary>
    public required IReadOnlyList<SourceTraffic> Traffic { get; init; }

    public required IReadOnlyList<CostReading> Costs { get; init; }

    /// <summary>Where the money of the 10s window goes; <see langword="null"/> while there is none.</summary>
    public required CostBreakdown? Breakdown { get; init; }

    /// <summary>Energy of the latest images; <see langword="null"/> where no counter can be read.</summary>
    public required EnergyCost? Energy { get; init; }

    /// <summary>The counters that the energy is from.</summary>
    public required IReadOnlyList<string> EnergySensors { get; init; }

    public required Price Price { get; init; }

    public required MachineCostOptions CostOptions { get; init; }

    /// <summary>US dollars spent.</summary>
    public required decimal Spent { get; init; }

    public required DateTimeOffset SpentSince { get; init; }

    public required LatencyPercentiles? Latency { get; init; }

    /// <summary>The stage that limits throughput; <see langword="null"/> while that is not known.</summary>
    public required Bottleneck? Bottleneck { get; init; }

    public required ModelDescription Model { get; init; }

    public required EngineConfiguration Engine { get; init; }

    /// <summary>Images in a full batch now: smaller than configured once a device ran out of memory.</summary>
    public required int BatchSize { get; init; }

    public required string Decoder { get; init; }

    public required IReadOnlyList<DeviceSnapshot> Devices { get; init; }

    /// <summary>GPUs that run the model.</summary>
    public required int Gpus { get; init; }

    /// <summary>Why no work gets done; <see langword="null"/> when it does.</summary>
    public required string? Broken { get; init; }

    /// <summary>Why the price could not be asked for again; <see langword="null"/> when it could.</summary>
    public required string? PriceTrouble { get; init; }

    /// <summary>Why the history cannot be written; <see langword="null"/> when it can.</summary>
    public required string? HistoryTrouble { get; init; }

    /// <summary>One line per event, oldest first.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>The cost on the wall basis over a window in US dollars per billion images.</summary>
    public decimal? WallCost(MeasurementWindow window) =>
        Costs.FirstOrDefault(cost => cost.Basis == Basis.Wall && cost.Window == window)?.UsdPerBillion;
}
