using System.Runtime.InteropServices;

namespace InferenceMeter.Telemetry.Nvml;

/// <summary><c>nvmlUtilization_t</c>: percent.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UtilizationStruct
{
    public uint Gpu;
    public uint Memory;
}

/// <summary><c>nvmlMemory_t</c>: bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MemoryStruct
{
    public ulong Total;
    public ulong Free;
    public ulong Used;
}

/// <summary><c>nvmlMemory_v2_t</c>: bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MemoryStructV2
{
    /// <summary>What NVML wants in <see cref="Version"/>: the struct's size, and 2 in the top byte.</summary>
    public const uint Expected = 40 | (2u << 24);

    public uint Version;
    public ulong Total;
    public ulong Reserved;
    public ulong Free;
    public ulong Used;
}

/// <summary><c>nvmlProcessInfo_v1_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProcessStruct
{
    public uint Pid;
    public ulong UsedMemory;
}

/// <summary><c>nvmlProcessInfo_v2_t</c>, which the third version of the call uses too.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProcessStructV2
{
    public uint Pid;
    public ulong UsedMemory;
    public uint GpuInstance;
    public uint ComputeInstance;
}

/// <summary><c>nvmlViolationTime_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ViolationStruct
{
    /// <summary>Microseconds.</summary>
    public ulong Reference;

    /// <summary>Nanoseconds.</summary>
    public ulong Violation;
}

/// <summary><c>nvmlTemperature_v1_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TemperatureStruct
{
    /// <summary>What NVML wants in <see cref="Version"/>: the struct's size, and 1 in the top byte.</summary>
    public const uint Expected = 12 | (1u << 24);

    public uint Version;
    public int Sensor;
    public int Degrees;
}
