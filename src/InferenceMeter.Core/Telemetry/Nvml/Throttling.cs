namespace InferenceMeter.Telemetry.Nvml;

/// <summary>NVML's reasons for the clocks being where they are (<c>nvmlClocksEventReasons</c>).</summary>
[Flags]
internal enum ClockReasons : ulong
{
    None = 0,
    GpuIdle = 0x1,
    ApplicationsClocks = 0x2,
    SwPowerCap = 0x4,
    HwSlowdown = 0x8,
    SyncBoost = 0x10,
    SwThermal = 0x20,
    HwThermal = 0x40,
    HwPowerBrake = 0x80,
    DisplayClock = 0x100,
}

/// <summary>What lowered the clocks over some time, and whether the device was held back by it.</summary>
/// <remarks>
/// Held back means: below what this card gives at its rated operation. Heat, a hardware slowdown and a power brake are
/// that, and so are
/// clocks that somebody set below the maximum. A software power cap is not: a T4 or a fully loaded H200 runs at its cap
/// all the time, and
/// whoever buys the card gets just that. It counts only where somebody lowered the limit below the card's default.
/// Sync boost and display clocks are told as reasons and do not count; an idle device has no reason at all.
/// </remarks>
/// <param name="Reasons">All that were seen.</param>
/// <param name="HeldBack"><see langword="null"/> when nothing is known.</param>
internal readonly record struct Throttling(ClockReasons Reasons, bool? HeldBack)
{
    private const ClockReasons Always =
        ClockReasons.HwSlowdown | ClockReasons.SwThermal | ClockReasons.HwThermal | ClockReasons.HwPowerBrake;

    private static readonly (ClockReasons Reason, string Word)[] Names =
    [
        (ClockReasons.SwPowerCap, "sw_power_cap"),
        (ClockReasons.HwSlowdown, "hw_slowdown"),
        (ClockReasons.SwThermal, "sw_thermal"),
        (ClockReasons.HwThermal, "hw_thermal"),
        (ClockReasons.HwPowerBrake, "hw_power_brake"),
        (ClockReasons.SyncBoost, "sync_boost"),
        (ClockReasons.ApplicationsClocks, "applications_clocks"),
        (ClockReasons.DisplayClock, "display_clock"),
    ];

    /// <summary>Heat that no look caught, but the device's own count of the time did.</summary>
    public static Throttling Heat => new(ClockReasons.SwThermal, true);

    /// <summary>The reasons in words, always in the same order; an unknown bit has none.</summary>
    public IReadOnlyList<string> Words
    {
        get
        {
            var reasons = Reasons;
            return [.. Names.Where(name => reasons.HasFlag(name.Reason)).Select(name => name.Word)];
        }
    }

    /// <summary>Judges one instant.</summary>
    /// <param name="reasons">What NVML says; <see langword="null"/> when it does not.</param>
    /// <param name="belowMaximum">
    /// The clock is below the card's maximum; unknown counts as so, because a set clock is seldom the maximum.
    /// </param>
    /// <param name="limitLowered">The power limit in force is below the card's default.</param>
    public static Throttling At(ClockReasons? reasons, bool belowMaximum, bool limitLowered) =>
        reasons is not { } now
            ? default
            : new(
                now,
                (now & Always) != ClockReasons.None
                    || (belowMaximum && now.HasFlag(ClockReasons.ApplicationsClocks))
                    || (limitLowered && now.HasFlag(ClockReasons.SwPowerCap))
            );

    /// <summary>Both: what was seen at one time and at another.</summary>
    public Throttling Or(Throttling other) =>
        new(Reasons | other.Reasons, HeldBack == true || other.HeldBack == true ? true : HeldBack ?? other.HeldBack);
}
