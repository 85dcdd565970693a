using InferenceMeter.Metering;

namespace InferenceMeter.Pipeline;

/// <summary>A meter of its own for a bounded run on a pipeline that goes on before and after it.</summary>
/// <param name="Meter">Starts with the run.</param>
/// <param name="Latency">Of the images answered during it.</param>
public sealed record RunRecorder(ThroughputMeter Meter, LatencyHistogram Latency);
