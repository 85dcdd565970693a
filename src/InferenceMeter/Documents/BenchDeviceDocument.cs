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
);
