namespace InferenceMeter.Pricing;

/// <summary>
/// What an hour of an owned machine costs: what its purchase loses in worth, what the money in it costs, electricity,
/// and what is
/// paid by the month. All money in US dollars.
/// Source of the parts: L. A. Barroso, U. Hoelzle, P. Ranganathan, The Datacenter as a Computer, 3rd ed., chapter 6
/// (total cost of ownership).
/// <para>An hour of the calendar costs what is paid for it. An hour of work costs more where the machine is used for
/// part of the
/// time alone, because it pays for the unused hours too.</para>
/// </summary>
public sealed record OwnedMachine
{
    /// <summary>Paid once, US dollars, not negative.</summary>
    public required decimal PurchaseUsd { get; init; }

    /// <summary>Years over which it is written off, above 0.</summary>
    public decimal LifeYears { get; init; } = 4;

    /// <summary>What it is sold for after that, US dollars, at most <see cref="PurchaseUsd"/>.</summary>
    public decimal ResidualUsd { get; init; }

    /// <summary>
    /// What the money in it costs in a year, as a share: interest, or what it would earn elsewhere; not negative.
    /// </summary>
    public decimal CapitalCost { get; init; }

    /// <summary>Share of all hours in which it does work, above 0 and at most 1.</summary>
    public decimal Utilization { get; init; } = 1;

    /// <summary>US dollars for a kilowatt-hour.</summary>
    public decimal UsdPerKwh { get; init; }

    /// <summary>Power usage effectiveness: what the site draws for each watt of the machine, at least 1.</summary>
    public decimal Pue { get; init; } = 1;

    /// <summary>
    /// Drawn while it does nothing; <see langword="null"/> when unknown: then every hour counts as one of work.
    /// </summary>
    public decimal? IdleWatts { get; init; }

    /// <summary>Rent, space, staff, network.</summary>
    public UsdPerMachineMonth Overhead { get; init; }

    /// <summary>
    /// What is paid for an hour of the calendar, US dollars: <c>depreciation</c>, <c>capital</c> (where it costs
    /// anything),
    /// <c>electricity</c>, <c>overhead</c>. They add up to the bill.
    /// </summary>
    /// <param name="watts">Drawn by the machine while it works.</param>
    public IReadOnlyDictionary<string, decimal> Parts(double watts) => PartsAt(MeanWatts(watts));

    /// <summary>As <see cref="Parts"/>, where the power of the whole time was measured, idle time included.</summary>
    public IReadOnlyDictionary<string, decimal> MeasuredParts(double watts) => PartsAt((decimal)watts);

    /// <summary>What an hour of work costs, US dollars: it pays for the unused hours as well.</summary>
    /// <param name="watts">Drawn by the machine while it works.</param>
    public decimal PerWorkingHour(double watts)
    {
        var fixedParts = PartsAt(0).Values.Sum();
        // Without idle watts, the electricity of unused hours is unknown and left out.
        var electricity = IdleWatts is null ? Electricity((decimal)watts) : Electricity(MeanWatts(watts)) / Utilization;
        return (fixedParts / Utilization) + electricity;
    }

    private decimal MeanWatts(double watts) =>
        IdleWatts is { } idle ? (Utilization * (decimal)watts) + ((1 - Utilization) * idle) : (decimal)watts;

    private Dictionary<string, decimal> PartsAt(decimal watts)
    {
        var parts = new Dictionary<string, decimal>(StringComparer.Ordinal)
        {
            ["depreciation"] = (PurchaseUsd - ResidualUsd) / (LifeYears * UsdPerMachineHour.HoursPerYear),
        };
        if (CapitalCost > 0)
            parts["capital"] = (Annuity() / UsdPerMachineHour.HoursPerYear) - parts["depreciation"];
        parts["electricity"] = Electricity(watts);
        parts["overhead"] = Overhead.PerHour().Usd;
        return parts;
    }

    private decimal Electricity(decimal watts) => watts / 1000m * Pue * UsdPerKwh;

    /// <summary>
    /// The equal yearly payments, at the end of each year, that are worth the purchase less the later sale.
    /// </summary>
    private decimal Annuity()
    {
        var growth = (decimal)Math.Pow((double)(1 + CapitalCost), (double)LifeYears);
        return (PurchaseUsd - (ResidualUsd / growth)) * CapitalCost * growth / (growth - 1);
    }
}
