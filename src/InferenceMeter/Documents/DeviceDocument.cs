namespace InferenceMeter.Documents;

/// <summary>One device: what it is, how the model runs on it, what it did, and what it says of itself.</summary>
internal sealed record DeviceDocument
{
    public required string Device { get; init; }

    public required string Provider { get; init; }

    public required string? Name { get; init; }

    public required string? Uuid { get; init; }

    public required string? PciBusId { get; init; }

    public required string? Cuda { get; init; }

    public required string? Driver { get; init; }

    public required IReadOnlyDictionary<string, string>? ProviderOptions { get; init; }

    public required int? NodesOnProvider { get; init; }

    public required int? NodesOnCpu { get; init; }

    public required bool? CudaGraphs { get; init; }

    public required long ImagesOk { get; init; }

    public required long ImagesFailed { get; init; }

    public required long Batches { get; init; }

    public required double BusySeconds { get; init; }

    public required decimal UsdPerHour { get; init; }

    public required double? UtilizationRatio { get; init; }

    public required long? MemoryUsedBytes { get; init; }

    public required long? MemoryTotalBytes { get; init; }

    public required double? PowerWatts { get; init; }

    public required double? EnergyJoules { get; init; }

    public required string? EnergySensor { get; init; }

    public required double? TemperatureCelsius { get; init; }

    public required double? SmClockMegahertz { get; init; }

    public required bool? Throttled { get; init; }

    public required IReadOnlyList<string>? ThrottleReasons { get; init; }

    public required int? OtherProcesses { get; init; }

    public required string? Note { get; init; }
}
