using InferenceMeter.Composition;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Documents;

/// <summary>What one device did and said over the measured part of a bench.</summary>
/// <param name="Joules">From a hardware counter, over <paramref name="MeanWatts"/>'s span, up to a second less than the run.</param>
/// <param name="ImagesPerJoule">Images of the run per joule at the mean power; absent where no counter can be read.</param>
internal sealed record BenchDeviceDocument(
    string Device,
    string Provider,
    string? Name,
    string? Driver,
    string? Cuda,
    IReadOnlyDictionary<string, string>? ProviderOptions,
    int? NodesOnProvider,
    int? NodesOnCpu,
    bool? CudaGraphs,
    long Images,
    double? Joules,
    string? Sensor,
    double? MeanWatts,
    double? ImagesPerJoule,
    bool? Throttled,
    IReadOnlyList<string> ThrottleReasons,
    int? OtherProcesses,
    double? MeanSmClockMegahertz,
    double? MinSmClockMegahertz,
    double? MeanUtilizationRatio,
    double? MaxTemperatureCelsius,
    long? MaxMemoryUsedBytes
)
{
    public static BenchDeviceDocument From(DeviceRun run)
    {
        var (reading, facts, span) = (run.Reading, run.Facts, run.Span);
        return new BenchDeviceDocument(
            run.Labels.Device,
            run.Labels.Provider,
            reading.Name ?? facts?.Name,
            reading.DriverVersion,
            facts?.CudaVersion,
            facts?.Options is { Count: > 0 } options ? options : null,
            facts?.NodesOnProvider,
            facts?.NodesOnCpu,
            facts?.PciBusId is null ? null : facts.CudaGraphs,
            run.Images,
            span.Joules,
            span.EnergySensor,
            span.MeanWatts,
            run.ImagesPerJoule,
            span.Throttled,
            span.ThrottleReasons,
            span.MaxOtherProcesses,
            span.MeanSmClockMegahertz,
            span.MinSmClockMegahertz,
            span.MeanUtilizationRatio,
            span.MaxTemperatureCelsius,
            span.MaxMemoryUsedBytes
        );
    }
}
