using InferenceMeter.Runs;

namespace InferenceMeter.Documents;

/// <summary>What one device did and said over the measured part of a bench.</summary>
internal sealed record BenchDeviceDocument
{
    public required string Device { get; init; }

    public required string Provider { get; init; }

    public required string? Name { get; init; }

    public required string? Driver { get; init; }

    public required string? Cuda { get; init; }

    public required IReadOnlyDictionary<string, string>? ProviderOptions { get; init; }

    public required int? NodesOnProvider { get; init; }

    public required int? NodesOnCpu { get; init; }

    public required bool? CudaGraphs { get; init; }

    public required long Images { get; init; }

    /// <summary>
    /// From a hardware counter, over the span of <see cref="MeanWatts"/>: up to a second less than the run.
    /// </summary>
    public required double? Joules { get; init; }

    public required string? Sensor { get; init; }

    public required double? MeanWatts { get; init; }

    /// <summary>Images of the run per joule at the mean power; absent where no counter can be read.</summary>
    public required double? ImagesPerJoule { get; init; }

    public required bool? Throttled { get; init; }

    public required IReadOnlyList<string> ThrottleReasons { get; init; }

    public required int? OtherProcesses { get; init; }

    public required double? MeanSmClockMegahertz { get; init; }

    public required double? MinSmClockMegahertz { get; init; }

    public required double? MeanUtilizationRatio { get; init; }

    public required double? MaxTemperatureCelsius { get; init; }

    public required long? MaxMemoryUsedBytes { get; init; }

    public static BenchDeviceDocument From(DeviceRun run)
    {
        var (reading, facts, span) = (run.Reading, run.Facts, run.Span);
        return new BenchDeviceDocument
        {
            Device = run.Labels.Device,
            Provider = run.Labels.Provider,
            Name = reading.Name ?? facts?.Name,
            Driver = reading.DriverVersion,
            Cuda = facts?.CudaVersion,
            ProviderOptions = facts?.Options is { Count: > 0 } options ? options : null,
            NodesOnProvider = facts?.NodesOnProvider,
            NodesOnCpu = facts?.NodesOnCpu,
            CudaGraphs = facts?.PciBusId is null ? null : facts.CudaGraphs,
            Images = run.Images,
            Joules = span.Joules,
            Sensor = span.EnergySensor,
            MeanWatts = span.MeanWatts,
            ImagesPerJoule = run.ImagesPerJoule,
            Throttled = span.Throttled,
            ThrottleReasons = span.ThrottleReasons,
            OtherProcesses = span.MaxOtherProcesses,
            MeanSmClockMegahertz = span.MeanSmClockMegahertz,
            MinSmClockMegahertz = span.MinSmClockMegahertz,
            MeanUtilizationRatio = span.MeanUtilizationRatio,
            MaxTemperatureCelsius = span.MaxTemperatureCelsius,
            MaxMemoryUsedBytes = span.MaxMemoryUsedBytes,
        };
    }
}
