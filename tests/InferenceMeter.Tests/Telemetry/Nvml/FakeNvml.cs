using System.Runtime.CompilerServices;
using InferenceMeter.Telemetry.Nvml;

namespace InferenceMeter.Tests.Telemetry.Nvml;

/// <summary>One card, one slice of it, and codes for the calls that are to fail.</summary>
internal sealed class FakeNvml : INvml
{
    public const string CardBus = "00000000:3B:00.0";
    public const string CardUuid = "GPU-0a1b2c3d-0000-1111-2222-333344445555";
    public const string SliceUuid = "MIG-8c4c5a27-e508-5556-b2ea-7e549465741e";
    public const nint Card = 0x1000;
    public const nint Slice = 0x2000;

    /// <summary>Calls that fail, by the name of the function here.</summary>
    public Dictionary<string, NvmlReturn> Failing { get; } = new(StringComparer.Ordinal);

    /// <summary>Every call made, as function and handle.</summary>
    public List<(string Function, nint Device)> Calls { get; } = [];

    public bool IsLost { get; set; }

    public uint Mig { get; set; }

    public uint Percent { get; set; } = 97;

    public NvmlMemory CardMemory { get; set; } = new(150_754_820_096, 12_884_901_888);

    public NvmlMemory SliceMemory { get; set; } = new(18_253_611_008, 1_073_741_824);

    public uint Milliwatts { get; set; } = 312_500;

    public uint EnforcedLimit { get; set; } = 700_000;

    public uint DefaultLimit { get; set; } = 700_000;

    public ulong Millijoules { get; set; } = 5_000_000_000;

    public int Degrees { get; set; } = 61;

    public uint Clock { get; set; } = 1755;

    public uint MaxClock { get; set; } = 1980;

    public ClockReasons Active { get; set; }

    public ulong HeatNanoseconds { get; set; } = 77_000_000_000;

    public uint[] Processes { get; set; } = [];

    public NvmlResult<string> DriverVersion() => Answer(0, "580.159.03");

    public NvmlResult<nint> FindByPciBusId(string busId) => Found(busId == CardBus ? Card : 0);

    public NvmlResult<nint> FindByUuid(string uuid) =>
        Found(
            uuid switch
            {
                CardUuid => Card,
                SliceUuid => Slice,
                _ => 0,
            }
        );

    public NvmlResult<string> Name(nint device) =>
        Answer(device, device == Slice ? "NVIDIA H200 MIG 1g.18gb" : "NVIDIA H200");

    public NvmlResult<string> Uuid(nint device) => Answer(device, device == Slice ? SliceUuid : CardUuid);

    public NvmlResult<uint> IsMigSlice(nint device) => Answer(device, device == Slice ? 1u : 0);

    public NvmlResult<uint> MigMode(nint card) => Answer(card, Mig);

    public NvmlResult<nint> CardOf(nint slice) => Answer(slice, Card);

    public NvmlResult<uint> Utilization(nint device) => OfCard(device, Percent);

    public NvmlResult<NvmlMemory> Memory(nint device) => Answer(device, device == Slice ? SliceMemory : CardMemory);

    public NvmlResult<uint> Power(nint device) => OfCard(device, Milliwatts);

    public NvmlResult<uint> EnforcedPowerLimit(nint device) => OfCard(device, EnforcedLimit);

    public NvmlResult<uint> DefaultPowerLimit(nint device) => OfCard(device, DefaultLimit);

    public NvmlResult<ulong> Energy(nint device) => OfCard(device, Millijoules);

    public NvmlResult<int> Temperature(nint device) => OfCard(device, Degrees);

    public NvmlResult<uint> SmClock(nint device) => OfCard(device, Clock);

    public NvmlResult<uint> MaxSmClock(nint device) => OfCard(device, MaxClock);

    public NvmlResult<ClockReasons> Reasons(nint device) => OfCard(device, Active);

    public NvmlResult<ulong> ThermalViolation(nint device) => OfCard(device, HeatNanoseconds);

    public NvmlResult<uint[]> ComputeProcesses(nint device) => Answer(device, Processes);

    // What NVML does not tell of a slice.
    private NvmlResult<T> OfCard<T>(nint device, T value, [CallerMemberName] string function = "") =>
        device == Slice ? new(NvmlReturn.NotSupported, value) : Answer(device, value, function);

    private NvmlResult<nint> Found(nint device, [CallerMemberName] string function = "") =>
        device == 0 ? new(NvmlReturn.NotFound, 0) : Answer(device, device, function);

    // The value is there whatever the code: nobody may look at it unless the call succeeded.
    private NvmlResult<T> Answer<T>(nint device, T value, [CallerMemberName] string function = "")
    {
        lock (Calls)
            Calls.Add((function, device));
        if (IsLost && device != 0)
            return new(NvmlReturn.GpuIsLost, value);
        return new(Failing.GetValueOrDefault(function), value);
    }
}
