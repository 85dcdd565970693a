namespace InferenceMeter.Telemetry.Nvml;

/// <summary>
/// The part of NVIDIA's management library that is used, in its own units. A device is a handle of NVML's; a MIG slice
/// has one too.
/// Thread-safe; nothing throws: what fails says so by its code.
/// </summary>
internal interface INvml
{
    NvmlResult<string> DriverVersion();

    /// <param name="busId">Such as <c>00000000:3B:00.0</c>; a shorter domain will do.</param>
    NvmlResult<nint> FindByPciBusId(string busId);

    /// <param name="uuid"><c>GPU-...</c> or <c>MIG-...</c>.</param>
    NvmlResult<nint> FindByUuid(string uuid);

    NvmlResult<string> Name(nint device);

    NvmlResult<string> Uuid(nint device);

    /// <summary>Not 0 when the handle is of a MIG slice.</summary>
    NvmlResult<uint> IsMigSlice(nint device);

    /// <summary>Not 0 when the card is split into MIG slices.</summary>
    NvmlResult<uint> MigMode(nint card);

    /// <summary>The card that a MIG slice is on.</summary>
    NvmlResult<nint> CardOf(nint slice);

    /// <summary>Percent of NVML's last sample period (1/6 to 1 s) in which a kernel ran.</summary>
    NvmlResult<uint> Utilization(nint device);

    NvmlResult<NvmlMemory> Memory(nint device);

    /// <summary>Milliwatts: at this instant, or over the last second, as the device measures it.</summary>
    NvmlResult<uint> Power(nint device);

    /// <summary>Milliwatts that the device is held to now.</summary>
    NvmlResult<uint> EnforcedPowerLimit(nint device);

    /// <summary>Milliwatts that the device is held to when nobody changed it.</summary>
    NvmlResult<uint> DefaultPowerLimit(nint device);

    /// <summary>Millijoules since the driver was loaded; Volta and later.</summary>
    NvmlResult<ulong> Energy(nint device);

    /// <summary>Degrees Celsius.</summary>
    NvmlResult<int> Temperature(nint device);

    /// <summary>MHz.</summary>
    NvmlResult<uint> SmClock(nint device);

    /// <summary>MHz.</summary>
    NvmlResult<uint> MaxSmClock(nint device);

    /// <summary>What keeps the clocks where they are now.</summary>
    NvmlResult<ClockReasons> Reasons(nint device);

    /// <summary>Nanoseconds that heat has held the clocks down, since some moment in the past.</summary>
    NvmlResult<ulong> ThermalViolation(nint device);

    /// <summary>
    /// Ids of the processes with a compute context, as the host numbers them. One may be in it more than once.
    /// </summary>
    NvmlResult<uint[]> ComputeProcesses(nint device);
}

/// <summary>Memory of a device, bytes.</summary>
/// <param name="Total">All of it.</param>
/// <param name="Used">Allocated; with libraries before 510 what the driver reserves for itself is in it too.</param>
internal readonly record struct NvmlMemory(ulong Total, ulong Used);
