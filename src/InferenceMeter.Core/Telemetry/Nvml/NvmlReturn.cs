namespace InferenceMeter.Telemetry.Nvml;

/// <summary>The return codes of NVML that something is made of here; any other number is kept as it is.</summary>
internal enum NvmlReturn
{
    Success = 0,
    Uninitialized = 1,
    InvalidArgument = 2,
    NotSupported = 3,
    NoPermission = 4,
    NotFound = 6,
    InsufficientSize = 7,
    DriverNotLoaded = 9,
    FunctionNotFound = 13,
    GpuIsLost = 15,
    OperatingSystem = 17,
    LibraryVersionMismatch = 18,
    ArgumentVersionMismatch = 25,
    Deprecated = 26,
    Unknown = 999,
}

/// <summary>An answer of NVML.</summary>
/// <param name="Code">How the call ended.</param>
/// <param name="Value">Meaningless unless <paramref name="Code"/> is <see cref="NvmlReturn.Success"/>.</param>
internal readonly record struct NvmlResult<T>(NvmlReturn Code, T Value);

internal static class NvmlReturns
{
    /// <summary>A line that says what is wrong and, where something can be done, what.</summary>
    public static string Text(this NvmlReturn code) =>
        code switch
        {
            NvmlReturn.DriverNotLoaded => "the NVIDIA driver is not loaded",
            NvmlReturn.NoPermission => "no permission to talk to the NVIDIA driver",
            NvmlReturn.OperatingSystem =>
                "the operating system or the container keeps the NVIDIA device from this process",
            NvmlReturn.LibraryVersionMismatch =>
                "the NVIDIA driver and its library are of different versions: restart the machine or the container",
            NvmlReturn.GpuIsLost => "the GPU is lost: it fell off the bus",
            NvmlReturn.NotFound => "no such device, or it is not visible here",
            NvmlReturn.InvalidArgument => "not an identity that NVML knows",
            _ => $"NVML error {(int)code} ({code})",
        };
}
