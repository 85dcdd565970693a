namespace InferenceMeter.Telemetry;

/// <summary>What a device says of itself; <see langword="null"/> where it says nothing.</summary>
public sealed record DeviceReading
{
    /// <summary>CPU or GPU model name.</summary>
    public string? Name { get; init; }

    /// <summary>Share of what this process may use that was in use since the last reading, 0..1.</summary>
    public double? UtilizationRatio { get; init; }

    /// <summary>Memory in use, bytes: for a CPU the resident set of this process.</summary>
    public long? MemoryUsedBytes { get; init; }

    /// <summary>Power from a hardware counter since the last reading, watts.</summary>
    public double? PowerWatts { get; init; }

    /// <summary>Energy from a hardware counter since the sensor was made, joules; never falls.</summary>
    public double? EnergyJoules { get; init; }

    /// <summary>Which counter the energy is from: <c>rapl</c>, <c>nvml</c>.</summary>
    public string? EnergySensor { get; init; }

    /// <summary>Temperature in degrees Celsius.</summary>
    public double? TemperatureCelsius { get; init; }

    /// <summary>Whether it was held back (clock, power, CPU quota) since the last reading.</summary>
    public bool? Throttled { get; init; }

    /// <summary>
    /// Share of the machine's CPU time that the hypervisor gave to others since the last reading, 0..1.
    /// </summary>
    public double? CpuStolenShare { get; init; }

    /// <summary>Version of the driver that the figures come from.</summary>
    public string? DriverVersion { get; init; }

    /// <summary>What names the device on any machine: <c>GPU-...</c>, <c>MIG-...</c>.</summary>
    public string? Uuid { get; init; }

    /// <summary>Memory of the device, or of its slice, bytes.</summary>
    public long? MemoryTotalBytes { get; init; }

    /// <summary>Clock of the streaming multiprocessors at this instant, MHz.</summary>
    public double? SmClockMegahertz { get; init; }

    /// <summary>The highest that clock can be, MHz.</summary>
    public double? MaxSmClockMegahertz { get; init; }

    /// <summary>
    /// What lowered the clocks since the last reading; not all of it is being held back (a GPU runs at its rated
    /// power).
    /// </summary>
    public IReadOnlyList<string> ThrottleReasons { get; init; } = [];

    /// <summary>Processes with a compute context on the device beside this one.</summary>
    public int? OtherProcesses { get; init; }

    /// <summary>The device was lost: it answers nothing more.</summary>
    public bool Lost { get; init; }

    /// <summary>A line on what is missing here and why.</summary>
    public string? Note { get; init; }
}
