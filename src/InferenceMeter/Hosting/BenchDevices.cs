using InferenceMeter.Inference;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Hosting;

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

/// <summary>Follows all devices over a run, with sensors of their own, so that nobody else's reading cuts a span short.</summary>
internal sealed class BenchDevices
{
    private readonly MeterParts _parts;
    private readonly List<(DeviceLabels Labels, IDeviceSensor Sensor, DeviceWatch Watch)> _gpus;
    private readonly CpuDeviceSensor _cpu;
    private readonly long _startedAt;

    /// <summary>Starts now.</summary>
    public BenchDevices(MeterParts parts)
    {
        _parts = parts;
        _startedAt = parts.Time.GetTimestamp();
        var sensors = parts.Sensors.Create();
        _gpus =
        [
            .. sensors
                .Where(pair => pair.Sensor is not CpuDeviceSensor)
                .Select(pair => (pair.Labels, pair.Sensor, new DeviceWatch(pair.Sensor, parts.Time))),
        ];
        _cpu = (CpuDeviceSensor)sensors.Single(pair => pair.Sensor is CpuDeviceSensor).Sensor;
        Look();
    }

    /// <summary>Looks at the GPUs; a few times a second.</summary>
    public void Look() => _gpus.ForEach(gpu => gpu.Watch.Look());

    /// <summary>Closes the run.</summary>
    /// <param name="seconds">Length of the measured part.</param>
    /// <param name="images">Of each device, by its index.</param>
    /// <returns>One entry a device, and the CPU's reading over the whole span.</returns>
    public (IReadOnlyList<BenchDeviceDocument> Devices, DeviceReading Cpu) Finish(
        double seconds,
        IReadOnlyList<long> images
    )
    {
        Look();
        var cpu = _cpu.Read();
        var span = _parts.Time.GetElapsedTime(_startedAt).TotalSeconds;
        var devices = _parts
            .Devices.Select((device, index) => Describe(device, images[index], seconds, cpu, span))
            .ToList();
        // The CPU that decodes for GPUs uses energy too.
        if (_parts.Devices.All(device => device.Device != ProviderNames.Cpu))
            devices.Add(Describe(DeviceSensors.Host, cpu, facts: null, FromCpu(cpu, span), images: 0, seconds));
        return (devices, cpu);
    }

    private BenchDeviceDocument Describe(
        IInferenceSessionFactory device,
        long images,
        double seconds,
        DeviceReading cpu,
        double cpuSpan
    )
    {
        var (_, sensor, watch) = _gpus.FirstOrDefault(gpu => gpu.Labels.Device == device.Device);
        var reading = sensor?.Read() ?? (device.Device == ProviderNames.Cpu ? cpu : new DeviceReading());
        var said = watch?.Span() ?? (device.Device == ProviderNames.Cpu ? FromCpu(cpu, cpuSpan) : new DeviceSpan());
        return Describe(new DeviceLabels(device.Device, device.Provider), reading, device.Facts, said, images, seconds);
    }

    private static BenchDeviceDocument Describe(
        DeviceLabels labels,
        DeviceReading reading,
        DeviceFacts? facts,
        DeviceSpan said,
        long images,
        double seconds
    ) =>
        new(
            labels.Device,
            labels.Provider,
            reading.Name ?? facts?.Name,
            reading.DriverVersion,
            facts?.CudaVersion,
            facts?.Options is { Count: > 0 } options ? options : null,
            facts?.NodesOnProvider,
            facts?.NodesOnCpu,
            facts?.PciBusId is null ? null : facts.CudaGraphs,
            images,
            said.Joules,
            said.EnergySensor,
            said.MeanWatts,
            said.Joules is not null && said.MeanWatts > 0 && seconds > 0 && images > 0
                ? images / seconds / said.MeanWatts
                : null,
            said.Throttled,
            said.ThrottleReasons,
            said.MaxOtherProcesses,
            said.MeanSmClockMegahertz,
            said.MinSmClockMegahertz,
            said.MeanUtilizationRatio,
            said.MaxTemperatureCelsius,
            said.MaxMemoryUsedBytes
        );

    private static DeviceSpan FromCpu(DeviceReading reading, double seconds) =>
        new()
        {
            Joules = reading.EnergyJoules,
            EnergySensor = reading.EnergySensor,
            EnergySeconds = reading.EnergyJoules is null ? null : seconds,
            MeanWatts = reading.EnergyJoules / seconds,
            Throttled = reading.Throttled,
            MeanUtilizationRatio = reading.UtilizationRatio,
            MaxTemperatureCelsius = reading.TemperatureCelsius,
            MaxMemoryUsedBytes = reading.MemoryUsedBytes,
        };
}
