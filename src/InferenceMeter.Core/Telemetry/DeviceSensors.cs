using InferenceMeter.Inference;
using InferenceMeter.Telemetry.Nvml;

namespace InferenceMeter.Telemetry;

/// <summary>Telemetry of the devices that run the model, and of the CPU beside them.</summary>
internal sealed class DeviceSensors
{
    /// <summary>Labels of a CPU that decodes for GPUs and runs no model.</summary>
    public static readonly DeviceLabels Host = new(ExecutionProviders.CpuDevice, "none");

    private readonly IReadOnlyList<IInferenceSessionFactory> _devices;
    private readonly INvml? _nvml;
    private readonly TimeProvider _time;
    private bool _opened;

    /// <param name="devices">That run the model.</param>
    /// <param name="time">Clock of the sensors.</param>
    /// <param name="nvml">In place of the machine's own.</param>
    public DeviceSensors(IReadOnlyList<IInferenceSessionFactory> devices, TimeProvider time, INvml? nvml = null)
    {
        _devices = devices;
        _time = time;
        _nvml = nvml;
        if (nvml is null && devices.Any(IsGpu))
        {
            _nvml = NvmlLibrary.TryLoad(out var why);
            if (_nvml is null)
                Warning = $"no device telemetry: {why}";
        }

        All = Create();
    }

    /// <summary>Why there is no telemetry of GPUs; <see langword="null"/> when there is, or no GPU.</summary>
    public string? Warning { get; }

    /// <summary>Each device in order, then the CPU where it is none of them.</summary>
    public IReadOnlyList<(DeviceLabels Labels, IDeviceSensor Sensor)> All { get; }

    /// <summary>Of one device; a GPU without telemetry says nothing but its name.</summary>
    public DeviceReading Read(int device) =>
        All.FirstOrDefault(sensor => sensor.Labels.Device == _devices[device].Device).Sensor?.Read()
        ?? new DeviceReading { Name = _devices[device].Facts.Name };

    /// <summary>GPUs that run the model.</summary>
    public int Gpus => _devices.Count(IsGpu);

    /// <summary>Energy of all that have a counter, so far; <see langword="null"/> when none has.</summary>
    public double? Joules()
    {
        var known = All.Select(sensor => sensor.Sensor.Read().EnergyJoules).OfType<double>().ToArray();
        return known.Length > 0 ? known.Sum() : null;
    }

    /// <summary>Which counters there are: <c>rapl</c>, <c>nvml</c>.</summary>
    public IReadOnlyList<string> EnergySensors =>
        [.. All.Select(sensor => sensor.Sensor.Read().EnergySensor).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>Sensors of their own, for who measures a span.</summary>
    public IReadOnlyList<(DeviceLabels Labels, IDeviceSensor Sensor)> Create()
    {
        var sensors = new List<(DeviceLabels, IDeviceSensor)>();
        foreach (var device in _devices.Where(IsGpu))
        {
            // CUDA and NVML number devices differently: by identity. A MIG slice has the bus id of its card.
            var facts = device.Facts;
            var identity =
                facts.Uuid?.StartsWith("MIG-", StringComparison.Ordinal) == true ? facts.Uuid : facts.PciBusId!;
            if (_nvml is not null)
                sensors.Add(
                    (
                        new DeviceLabels(device.Device, device.Provider),
                        new NvmlDeviceSensor(_nvml, identity, _time) { OwnContext = _opened }
                    )
                );
        }

        var cpu = _devices.FirstOrDefault(device => !IsGpu(device));
        sensors.Add((cpu is null ? Host : new DeviceLabels(cpu.Device, cpu.Provider), new CpuDeviceSensor(_time)));
        return sensors;
    }

    /// <summary>Sessions are open: this process is now one of those on the devices.</summary>
    public void Opened()
    {
        _opened = true;
        foreach (var (_, sensor) in All)
        {
            if (sensor is NvmlDeviceSensor gpu)
                gpu.OwnContext = true;
        }
    }

    private static bool IsGpu(IInferenceSessionFactory device) => device.Facts.PciBusId is not null;
}
