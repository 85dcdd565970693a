using System.Runtime.InteropServices;
using System.Text;

namespace InferenceMeter.Telemetry.Nvml;

/// <summary>
/// NVML as the NVIDIA driver installs it. Functions are looked up by name, so that a library older or newer than this
/// program is one that
/// knows less, not one that cannot be used. It is kept until the process ends: a sensor may be read at any time.
/// </summary>
internal sealed unsafe class NvmlLibrary : INvml
{
    private const int SmClockDomain = 1;
    private const int GpuDie = 0;
    private const int ThermalPolicy = 1;

    // NVML's longest (NVML_DEVICE_NAME_V2_BUFFER_SIZE, NVML_DEVICE_UUID_V2_BUFFER_SIZE).
    private const int TextLength = 96;

    // Some 535 drivers write 32 bytes a process into the third version's array, 8 more than the struct that NVIDIA
    // settled on.
    private const int RoomForProcess = 32;

    private readonly nint _library;

    private NvmlLibrary(nint library) => _library = library;

    private static string FileName => OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1";

    /// <summary>Loads and starts NVML.</summary>
    /// <param name="why">One line when there is none to use, else empty.</param>
    /// <returns><see langword="null"/> when there is no driver, or it cannot be talked to. Never throws.</returns>
    public static NvmlLibrary? TryLoad(out string why)
    {
        why = $"{FileName} cannot be loaded: no NVIDIA driver here";
        if (!NativeLibrary.TryLoad(FileName, out var handle))
            return null;
        var library = new NvmlLibrary(handle);
        var start = (delegate* unmanaged<NvmlReturn>)library.Find("nvmlInit_v2", "nvmlInit");
        var code = start == null ? NvmlReturn.FunctionNotFound : start();
        why = code == NvmlReturn.Success ? "" : code.Text();
        return code == NvmlReturn.Success ? library : null;
    }

    public NvmlResult<string> DriverVersion()
    {
        var function = (delegate* unmanaged<byte*, uint, NvmlReturn>)Find("nvmlSystemGetDriverVersion");
        var text = stackalloc byte[TextLength + 1];
        return function == null ? Missing<string>() : Text(function(text, TextLength), text);
    }

    public NvmlResult<nint> FindByPciBusId(string busId) =>
        Device(Find("nvmlDeviceGetHandleByPciBusId_v2", "nvmlDeviceGetHandleByPciBusId"), busId);

    public NvmlResult<nint> FindByUuid(string uuid) => Device(Find("nvmlDeviceGetHandleByUUID"), uuid);

    public NvmlResult<string> Name(nint device) => Text("nvmlDeviceGetName", device);

    public NvmlResult<string> Uuid(nint device) => Text("nvmlDeviceGetUUID", device);

    public NvmlResult<uint> IsMigSlice(nint device) => Get<uint>(Find("nvmlDeviceIsMigDeviceHandle"), device);

    public NvmlResult<uint> MigMode(nint card)
    {
        var function = (delegate* unmanaged<nint, uint*, uint*, NvmlReturn>)Find("nvmlDeviceGetMigMode");
        uint current,
            pending;
        return function == null ? Missing<uint>() : new(function(card, &current, &pending), current);
    }

    public NvmlResult<nint> CardOf(nint slice) =>
        Get<nint>(Find("nvmlDeviceGetDeviceHandleFromMigDeviceHandle"), slice);

    public NvmlResult<uint> Utilization(nint device)
    {
        var (code, rates) = Get<UtilizationStruct>(Find("nvmlDeviceGetUtilizationRates"), device);
        return new(code, rates.Gpu);
    }

    public NvmlResult<NvmlMemory> Memory(nint device)
    {
        var (code, memory) = Get(
            Find("nvmlDeviceGetMemoryInfo_v2"),
            device,
            new MemoryStructV2 { Version = MemoryStructV2.Expected }
        );
        if (code is not (NvmlReturn.FunctionNotFound or NvmlReturn.ArgumentVersionMismatch))
            return new(code, new(memory.Total, memory.Used));
        var (plain, first) = Get<MemoryStruct>(Find("nvmlDeviceGetMemoryInfo"), device);
        return new(plain, new(first.Total, first.Used));
    }

    public NvmlResult<uint> Power(nint device) => Get<uint>(Find("nvmlDeviceGetPowerUsage"), device);

    public NvmlResult<uint> EnforcedPowerLimit(nint device) =>
        Get<uint>(Find("nvmlDeviceGetEnforcedPowerLimit"), device);

    public NvmlResult<uint> DefaultPowerLimit(nint device) =>
        Get<uint>(Find("nvmlDeviceGetPowerManagementDefaultLimit"), device);

    public NvmlResult<ulong> Energy(nint device) => Get<ulong>(Find("nvmlDeviceGetTotalEnergyConsumption"), device);

    public NvmlResult<int> Temperature(nint device)
    {
        // Called deprecated since 13, but the one that every driver has.
        var plain = GetOf<int>(Find("nvmlDeviceGetTemperature"), device, GpuDie);
        if (plain.Code is not (NvmlReturn.FunctionNotFound or NvmlReturn.Deprecated))
            return plain;
        var (code, reading) = Get(
            Find("nvmlDeviceGetTemperatureV"),
            device,
            new TemperatureStruct { Version = TemperatureStruct.Expected, Sensor = GpuDie }
        );
        return new(code, reading.Degrees);
    }

    public NvmlResult<uint> SmClock(nint device) => GetOf<uint>(Find("nvmlDeviceGetClockInfo"), device, SmClockDomain);

    public NvmlResult<uint> MaxSmClock(nint device) =>
        GetOf<uint>(Find("nvmlDeviceGetMaxClockInfo"), device, SmClockDomain);

    public NvmlResult<ClockReasons> Reasons(nint device) =>
        Get<ClockReasons>(
            Find("nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"),
            device
        );

    public NvmlResult<ulong> ThermalViolation(nint device)
    {
        var (code, time) = GetOf<ViolationStruct>(Find("nvmlDeviceGetViolationStatus"), device, ThermalPolicy);
        return new(code, time.Violation);
    }

    public NvmlResult<uint[]> ComputeProcesses(nint device)
    {
        const string Plain = "nvmlDeviceGetComputeRunningProcesses";
        var newer = Find($"{Plain}_v3", $"{Plain}_v2");
        var size = newer == 0 ? sizeof(ProcessStruct) : sizeof(ProcessStructV2);
        var function = (delegate* unmanaged<nint, uint*, byte*, NvmlReturn>)(newer == 0 ? Find(Plain) : newer);
        if (function == null)
            return Missing<uint[]>();

        // Processes come and go between the calls: a list that was too long once may be longer yet.
        var (code, count) = (NvmlReturn.InsufficientSize, 64u);
        for (var attempt = 0; attempt < 4 && code == NvmlReturn.InsufficientSize; attempt++)
        {
            var capacity = Math.Clamp(count, 64u, 1u << 16);
            var list = new byte[capacity * RoomForProcess];
            count = capacity;
            fixed (byte* at = list)
                code = function(device, &count, at);
            if (code == NvmlReturn.Success)
                return new(code, Pids(list, (int)Math.Min(count, capacity), size));
            count += count / 2;
        }

        return new(code, []);
    }

    private static uint[] Pids(ReadOnlySpan<byte> list, int count, int size)
    {
        var pids = new uint[count];
        for (var i = 0; i < count; i++)
            pids[i] = MemoryMarshal.Read<uint>(list[(i * size)..]);
        return pids;
    }

    /// <summary>The first of some exports that this library has.</summary>
    private nint Find(string name, string? older = null) =>
        NativeLibrary.TryGetExport(_library, name, out var function)
        || (older is not null && NativeLibrary.TryGetExport(_library, older, out function))
            ? function
            : 0;

    private static NvmlResult<T> Get<T>(nint function, nint device, T value = default)
        where T : unmanaged =>
        function == 0
            ? Missing<T>()
            : new(((delegate* unmanaged<nint, T*, NvmlReturn>)function)(device, &value), value);

    private static NvmlResult<T> GetOf<T>(nint function, nint device, int which)
        where T : unmanaged
    {
        T value = default;
        return function == 0
            ? Missing<T>()
            : new(((delegate* unmanaged<nint, int, T*, NvmlReturn>)function)(device, which, &value), value);
    }

    private static NvmlResult<nint> Device(nint function, string identity)
    {
        nint device = 0;
        fixed (byte* text = Encoding.UTF8.GetBytes(identity + "\0"))
            return function == 0
                ? Missing<nint>()
                : new(((delegate* unmanaged<byte*, nint*, NvmlReturn>)function)(text, &device), device);
    }

    private NvmlResult<string> Text(string name, nint device)
    {
        var function = (delegate* unmanaged<nint, byte*, uint, NvmlReturn>)Find(name);
        var text = stackalloc byte[TextLength + 1];
        return function == null ? Missing<string>() : Text(function(device, text, TextLength), text);
    }

    private static NvmlResult<string> Text(NvmlReturn code, byte* text) =>
        new(
            code,
            code == NvmlReturn.Success
                ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text))
                : ""
        );

    private static NvmlResult<T> Missing<T>() => new(NvmlReturn.FunctionNotFound, default!);
}
