namespace InferenceMeter.Pricing;

// A bare decimal does not say whether it is for an hour or a month, a GPU or a machine, and mixing them up is wrong by
// 730 or 8 times
// without looking wrong. So each is a type of its own, nothing converts by itself, and each way from one to the other
// has a name.

/// <summary>US dollars for one hour of one whole machine: the only rate that a cost is made of.</summary>
/// <param name="Usd">US dollars; a price in force is above 0.</param>
public readonly record struct UsdPerMachineHour(decimal Usd)
{
    /// <summary>Hours in a month, as AWS, Azure and Google Cloud all reckon: 8,760 / 12.</summary>
    public const decimal HoursPerMonth = 730m;

    /// <summary>Hours in a year of 365 days.</summary>
    public const decimal HoursPerYear = 8760m;

    /// <summary>The parts of one machine's price added up.</summary>
    public static UsdPerMachineHour operator +(UsdPerMachineHour one, UsdPerMachineHour other) =>
        new(one.Usd + other.Usd);
}

/// <summary>US dollars for one hour of one GPU, as GPU clouds quote it.</summary>
/// <param name="Usd">US dollars.</param>
public readonly record struct UsdPerGpuHour(decimal Usd)
{
    /// <summary>The machine that these GPUs are all paid parts of.</summary>
    /// <param name="gpus">GPUs that are paid for, at least 1, whether or not they are used.</param>
    public UsdPerMachineHour OfMachine(int gpus)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(gpus, 1);
        return new UsdPerMachineHour(Usd * gpus);
    }
}

/// <summary>US dollars for one month of one whole machine.</summary>
/// <param name="Usd">US dollars.</param>
public readonly record struct UsdPerMachineMonth(decimal Usd)
{
    /// <summary>Over the 730 hours of a month.</summary>
    public UsdPerMachineHour PerHour() => new(Usd / UsdPerMachineHour.HoursPerMonth);
}

/// <summary>US dollars for one month of one GPU.</summary>
/// <param name="Usd">US dollars.</param>
public readonly record struct UsdPerGpuMonth(decimal Usd)
{
    /// <summary>Over the 730 hours of a month.</summary>
    public UsdPerGpuHour PerHour() => new(Usd / UsdPerMachineHour.HoursPerMonth);
}

/// <summary>US dollars for a machine over a whole term of years, paid at once, as a reservation is quoted.</summary>
/// <param name="Usd">US dollars for the term.</param>
/// <param name="Years">Its length.</param>
public readonly record struct UsdPerMachineTerm(decimal Usd, int Years)
{
    /// <summary>Over the 8,760 hours of each of its years.</summary>
    public UsdPerMachineHour PerHour() => new(Usd / (Years * UsdPerMachineHour.HoursPerYear));
}
