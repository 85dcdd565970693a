using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Telemetry;

/// <summary>What the instruments read when they are scraped. All of it must be safe to read from any thread.</summary>
public sealed record MetricSources
{
    /// <summary>The counters.</summary>
    public required IReadOnlyList<WorkCounters> Work { get; init; }

    /// <summary>What was read of the images, one for each kind of source.</summary>
    public Func<IReadOnlyList<SourceTraffic>> Traffic { get; init; } = () => [];

    /// <summary>A reading of the meter: <see cref="ThroughputMeter.Read"/>.</summary>
    public required Func<MeterReading> Reading { get; init; }

    /// <summary>Highest arrival rate within a latency bound, images/s, where one is known.</summary>
    public Func<Estimate?>? Slo { get; init; }

    /// <summary>What the machine costs.</summary>
    public required PriceTimeline Prices { get; init; }

    /// <summary>The money spent, where more than <see cref="Prices"/> knows of it.</summary>
    public Func<decimal>? Spent { get; init; }

    /// <summary>From when that counts.</summary>
    public Func<DateTimeOffset>? SpentSince { get; init; }

    /// <summary>Where the machine's money goes, and over which share of the last 10 s a batch executed.</summary>
    public Func<double, CostBreakdown?>? Breakdown { get; init; }

    /// <summary>Energy of the images of late.</summary>
    public Func<EnergyCost?>? Energy { get; init; }

    /// <summary>Electricity of a billion images, USD, where there is a tariff.</summary>
    public Func<EnergyCost, decimal?>? EnergyUsdPerBillion { get; init; }

    /// <summary>What the measured work includes.</summary>
    public required Scope Scope { get; init; }

    /// <summary>Waiting items in front of each stage.</summary>
    public IReadOnlyDictionary<Stage, Func<long>> QueueDepths { get; init; } = new Dictionary<Stage, Func<long>>();

    /// <summary>The dated reference lines.</summary>
    public ReferenceCatalog References { get; init; } = ReferenceCatalog.Default;

    /// <summary>Device telemetry: of what runs the model and, where that is no CPU, of the CPU beside it.</summary>
    public IReadOnlyList<(DeviceLabels Labels, IDeviceSensor Sensor)> Devices { get; init; } = [];

    /// <summary>Labels of <c>inference_model_info</c>, beside those on all: hash, weights, accuracy check.</summary>
    public IReadOnlyDictionary<string, string> ModelInfo { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Labels of <c>inference_build_info</c>, beside those on all: version, ONNX Runtime version.</summary>
    public IReadOnlyDictionary<string, string> BuildInfo { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The labels and the latest telemetry of each device.</summary>
    internal IEnumerable<(DeviceLabels Labels, DeviceReading Reading)> DeviceReadings() =>
        Devices.Select(device => (device.Labels, device.Sensor.Read()));
}
