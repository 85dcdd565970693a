namespace InferenceMeter.Documents;

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
