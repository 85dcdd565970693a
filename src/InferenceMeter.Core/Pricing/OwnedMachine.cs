namespace InferenceMeter.Pricing;

/// <summary>
/// What an hour of a machine costs that is owned: its purchase in equal parts over the hours that it is used in its life, the electricity
/// of an hour, and what is paid by the month whether it is used or not. All money in US dollars.
/// Source of the parts: L. A. Barroso, U. Hoelzle, P. Ranganathan, The Datacenter as a Computer, 3rd ed., chapter 6 (total cost of ownership).
/// </summary>
public sealed record OwnedMachine
{
    /// <summary>Paid once, US dollars, not negative.</summary>
    public required decimal PurchaseUsd { get; init; }

    /// <summary>Years over which it is written off, above 0.</summary>
    public decimal LifeYears { get; init; } = 4;

    /// <summary>Share of all hours in which it does work, above 0 and at most 1: an unused hour is paid for by the used ones.</summary>
    public decimal Utilization { get; init; } = 1;

    /// <summary>US dollars for a kilowatt-hour.</summary>
    public decimal UsdPerKwh { get; init; }

    /// <summary>Power usage effectiveness: what the site draws for each watt of the machine, at least 1.</summary>
    public decimal Pue { get; init; } = 1;

    /// <summary>Rent, space, staff, network.</summary>
    public UsdPerMachineMonth Overhead { get; init; }

    /// <summary>Its parts for an hour of use, USD: <c>depreciation</c>, <c>electricity</c>, <c>overhead</c>.</summary>
    /// <param name="watts">Drawn by the machine while it works.</param>
    public IReadOnlyDictionary<string, decimal> Parts(double watts) =>
        new Dictionary<string, decimal>(StringComparer.Ordinal)
        {
            ["depreciation"] = PurchaseUsd / (LifeYears * UsdPerMachineHour.HoursPerYear * Utilization),
            ["electricity"] = (decimal)watts / 1000m * Pue * UsdPerKwh,
            ["overhead"] = Overhead.PerHour().Usd / Utilization,
        };
}
