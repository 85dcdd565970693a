namespace InferenceMeter.Pricing;

/// <summary>What an amount of money buys.</summary>
public enum PriceUnit
{
    /// <summary>A whole machine for an hour.</summary>
    MachineHour,

    /// <summary>A whole machine for a month of 730 hours.</summary>
    MachineMonth,

    /// <summary>One GPU for an hour.</summary>
    GpuHour,

    /// <summary>One GPU for a month of 730 hours.</summary>
    GpuMonth,
}

/// <summary>Names of <see cref="PriceUnit"/>, and the one way from an amount to the price of a machine.</summary>
public static class PriceUnits
{
    /// <summary>
    /// The unit of this name: <c>hour</c>, <c>month</c>, <c>gpu_hour</c>, <c>gpu_month</c>; <c>machine_</c> may stand
    /// in front of the first two.
    /// </summary>
    /// <returns><see langword="null"/> when it names none.</returns>
    public static PriceUnit? Parse(string? name) =>
        name switch
        {
            "hour" or "machine_hour" => PriceUnit.MachineHour,
            "month" or "machine_month" => PriceUnit.MachineMonth,
            "gpu_hour" => PriceUnit.GpuHour,
            "gpu_month" => PriceUnit.GpuMonth,
            _ => null,
        };

    /// <summary>Whether it is for one GPU of a machine.</summary>
    public static bool IsPerGpu(this PriceUnit unit) => unit is PriceUnit.GpuHour or PriceUnit.GpuMonth;

    /// <summary>An hour of the whole machine.</summary>
    /// <param name="unit">What <paramref name="usd"/> buys.</param>
    /// <param name="usd">US dollars.</param>
    /// <param name="gpus">GPUs that are paid for; looked at for prices of a GPU alone, and at least 1 then.</param>
    public static UsdPerMachineHour OfMachine(this PriceUnit unit, decimal usd, int gpus) =>
        unit switch
        {
            PriceUnit.MachineHour => new UsdPerMachineHour(usd),
            PriceUnit.MachineMonth => new UsdPerMachineMonth(usd).PerHour(),
            PriceUnit.GpuHour => new UsdPerGpuHour(usd).OfMachine(gpus),
            PriceUnit.GpuMonth => new UsdPerGpuMonth(usd).PerHour().OfMachine(gpus),
            _ => throw new ArgumentOutOfRangeException(nameof(unit)),
        };
}
