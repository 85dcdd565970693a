namespace InferenceMeter.Telemetry.Nvml;

/// <summary>A device as NVML knows it, and what does not change about it.</summary>
internal sealed record NvmlDevice
{
    private const string Slice = "MIG slice: power and energy are of the whole card and are not shown";
    private const string Split =
        "the card is split by MIG: name the slice by its UUID; power and energy are of the whole card and "
        + "are not shown";

    /// <summary>Handle of what was asked for: a card or a slice of one; 0 when it was not found.</summary>
    public nint Handle { get; private init; }

    /// <summary>Handle of the card: clocks and temperature are a card's.</summary>
    public nint Card { get; private init; }

    /// <summary>Others may have slices of the same card: its power, energy and use are not ours to report.</summary>
    public bool IsShared { get; private init; }

    /// <summary>
    /// Memory and processes are those of <see cref="Handle"/>, not of a card of which we have some slice.
    /// </summary>
    public bool IsExact { get; private init; }

    /// <summary>Name, UUID, driver and note alone.</summary>
    public DeviceReading Identity { get; private init; } = new();

    /// <summary>
    /// Finds a device by what identifies it everywhere: CUDA numbers devices otherwise than NVML does.
    /// </summary>
    /// <param name="nvml">Where to look.</param>
    /// <param name="identity">A UUID (<c>GPU-...</c>, <c>MIG-...</c>), else taken for a PCI bus id.</param>
    /// <returns>Always one: that it was not found, and why, is in the note.</returns>
    public static NvmlDevice Find(INvml nvml, string identity)
    {
        var isUuid =
            identity.StartsWith("GPU-", StringComparison.OrdinalIgnoreCase)
            || identity.StartsWith("MIG-", StringComparison.OrdinalIgnoreCase);
        var (code, handle) = isUuid ? nvml.FindByUuid(identity) : nvml.FindByPciBusId(identity);
        var driver = Text(nvml.DriverVersion());
        if (code != NvmlReturn.Success)
        {
            return new NvmlDevice
            {
                Identity = new()
                {
                    DriverVersion = driver,
                    Lost = code == NvmlReturn.GpuIsLost,
                    Note = $"no telemetry of {identity}: {code.Text()}",
                },
            };
        }

        var isSlice = IsYes(nvml.IsMigSlice(handle));
        var isSplit = !isSlice && IsYes(nvml.MigMode(handle));
        return new NvmlDevice
        {
            Handle = handle,
            Card = isSlice && nvml.CardOf(handle) is (NvmlReturn.Success, var card) ? card : handle,
            IsShared = isSlice || isSplit,
            IsExact = !isSplit,
            Identity = new()
            {
                Name = Text(nvml.Name(handle)),
                Uuid = Text(nvml.Uuid(handle)),
                DriverVersion = driver,
                Note = (isSlice, isSplit) switch
                {
                    (true, _) => Slice,
                    (_, true) => Split,
                    _ => null,
                },
            },
        };
    }

    private static bool IsYes(NvmlResult<uint> answer) => answer is { Code: NvmlReturn.Success, Value: not 0 };

    private static string? Text(NvmlResult<string> answer) =>
        answer is { Code: NvmlReturn.Success, Value.Length: > 0 } ? answer.Value : null;
}
