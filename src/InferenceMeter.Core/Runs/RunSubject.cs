using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Runs;

/// <summary>What a bounded run is read off: the counters, prices and sensors of the meter that it runs on.</summary>
internal sealed record RunSubject
{
    public required TimeProvider Time { get; init; }

    public required Scope Scope { get; init; }

    public required WorkCounters Counters { get; init; }

    /// <summary>One per device.</summary>
    public required IReadOnlyList<IInferenceSessionFactory> Devices { get; init; }

    public required DeviceSensors Sensors { get; init; }

    public required PriceTimeline Prices { get; init; }

    /// <summary>Workers of each stage.</summary>
    public required IReadOnlyDictionary<Stage, int> Workers { get; init; }

    /// <summary>Throughput of the engine by itself in images per second, where it was measured.</summary>
    public required double? EngineAlone { get; init; }

    /// <summary>
    /// Where the money goes, from how busy the stages are and the share of time in which a batch executed.
    /// </summary>
    public required Func<StageUtilizationReading, double, CostBreakdown> Breakdown { get; init; }

    /// <summary>Whether every device is gone.</summary>
    public required Func<bool> IsLost { get; init; }

    /// <summary>The stage that limits throughput over a span; ready tensors pass no stage but the engine.</summary>
    public Bottleneck? FindBottleneck(StageUtilizationReading? load) =>
        load is null || Scope == Scope.Model ? null : Bottleneck.Find(load, Workers, EngineAlone);
}
