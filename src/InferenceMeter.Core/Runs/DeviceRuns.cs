using InferenceMeter.Inference;
using InferenceMeter.Pipeline;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Runs;

/// <summary>
/// Follows all devices over a run, with sensors of its own, so that no other reader cuts a span short.
/// </summary>
internal sealed class DeviceRuns
{
    private readonly MeteredPipeline _metered;
    private readonly List<(DeviceLabels Labels, IDeviceSensor Sensor, DeviceMonitor Monitor)> _gpus;
    private readonly CpuDeviceSensor _cpu;
    private readonly long _startedAt;

    /// <summary>Starts now.</summary>
    public DeviceRuns(MeteredPipeline metered)
    {
        _metered = metered;
        _startedAt = metered.Time.GetTimestamp();
        var sensors = metered.Sensors.Create();
        _gpus =
        [
            .. sensors
                .Where(pair => pair.Sensor is not CpuDeviceSensor)
                .Select(pair => (pair.Labels, pair.Sensor, new DeviceMonitor(pair.Sensor, metered.Time))),
        ];
        _cpu = (CpuDeviceSensor)sensors.Single(pair => pair.Sensor is CpuDeviceSensor).Sensor;
        Poll();
    }

    /// <summary>Reads the GPUs; a few times a second.</summary>
    public void Poll() => _gpus.ForEach(gpu => gpu.Monitor.Poll());

    /// <summary>Closes the run.</summary>
    /// <param name="seconds">Length of the measured part.</param>
    /// <param name="images">Of each device, by its index.</param>
    /// <returns>One entry per device, and the CPU's reading over the whole span.</returns>
    public (IReadOnlyList<DeviceRun> Devices, DeviceReading Cpu) Finish(double seconds, IReadOnlyList<long> images)
    {
        Poll();
        var cpu = _cpu.Read();
        var span = _metered.Time.GetElapsedTime(_startedAt).TotalSeconds;
        var devices = _metered
            .Devices.Select((device, index) => Describe(device, images[index], seconds, cpu, span))
            .ToList();
        // The CPU that decodes for GPUs uses energy too.
        if (_metered.Devices.All(device => device.Device != ExecutionProviders.CpuDevice))
        {
            devices.Add(
                new DeviceRun
                {
                    Labels = DeviceSensors.Host,
                    Facts = null,
                    Reading = cpu,
                    Span = FromCpu(cpu, span),
                    Images = 0,
                    ImagesPerJoule = null,
                }
            );
        }

        return (devices, cpu);
    }

    private DeviceRun Describe(
        IInferenceSessionFactory device,
        long images,
        double seconds,
        DeviceReading cpu,
        double cpuSpan
    )
    {
        var (_, sensor, monitor) = _gpus.FirstOrDefault(gpu => gpu.Labels.Device == device.Device);
        var isCpu = device.Device == ExecutionProviders.CpuDevice;
        var span = monitor?.Span() ?? (isCpu ? FromCpu(cpu, cpuSpan) : new DeviceSpan());
        var hasEnergy = span is { Joules: not null, MeanWatts: > 0 } && seconds > 0 && images > 0;
        return new DeviceRun
        {
            Labels = new DeviceLabels(device.Device, device.Provider),
            Facts = device.Facts,
            Reading = sensor?.Read() ?? (isCpu ? cpu : new DeviceReading()),
            Span = span,
            Images = images,
            ImagesPerJoule = hasEnergy ? images / seconds / span.MeanWatts : null,
        };
    }

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
