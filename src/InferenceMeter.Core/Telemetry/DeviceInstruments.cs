using static InferenceMeter.Telemetry.InstrumentSet;

namespace InferenceMeter.Telemetry;

/// <summary>Telemetry of the devices.</summary>
internal sealed class DeviceInstruments(InstrumentSet instruments, MetricSources sources)
{
    /// <summary>Creates the gauges.</summary>
    public void CreateGauges()
    {
        DeviceGauge(
            "inference_device_utilization_ratio",
            "Share of the device that is in use, 0 to 1.",
            device => device.UtilizationRatio
        );
        DeviceGauge(
            "inference_device_memory_used_bytes",
            "Memory in use; for a CPU the resident set of this process.",
            device => device.MemoryUsedBytes,
            "By"
        );
        DeviceGauge(
            "inference_device_memory_total_bytes",
            "Memory that the device or its slice has.",
            device => device.MemoryTotalBytes,
            "By"
        );
        DeviceGauge("inference_device_power_watts", "Power from a hardware counter.", device => device.PowerWatts, "W");
        DeviceGauge("inference_device_temperature_celsius", "Temperature.", device => device.TemperatureCelsius, "Cel");
        DeviceGauge(
            "inference_device_throttled",
            "1 when the device was held back since the last reading, else 0.",
            device =>
                device.Throttled switch
                {
                    true => 1,
                    false => 0,
                    null => null,
                }
        );
        DeviceGauge(
            "inference_device_sm_clock_hertz",
            "Clock of a GPU's streaming multiprocessors.",
            device => device.SmClockMegahertz * 1e6,
            "Hz"
        );
        DeviceGauge(
            "inference_device_other_processes",
            "Processes with a compute context on the device beside this one.",
            device => device.OtherProcesses
        );
        instruments.Gauge(
            "inference_device_info",
            "1, with the device's name and driver as labels.",
            () =>
                from device in sources.DeviceReadings()
                where device.Reading.Name is not null
                select instruments.Of(
                    device.Labels,
                    1,
                    Label("name", device.Reading.Name!),
                    Label("driver", device.Reading.DriverVersion ?? "")
                )
        );
        instruments.Gauge(
            "inference_device_throttle_reason",
            "1 for each reason that lowered the clocks since the last reading.",
            () =>
                from device in sources.DeviceReadings()
                from reason in device.Reading.ThrottleReasons
                select instruments.Of(device.Labels, 1, Label("reason", reason))
        );
    }

    private void DeviceGauge(string name, string description, Func<DeviceReading, double?> read, string? unit = null) =>
        instruments.Gauge(
            name,
            description,
            () =>
                from device in sources.DeviceReadings()
                let value = read(device.Reading)
                where value is not null
                select instruments.Of(device.Labels, value!.Value),
            unit
        );
}
