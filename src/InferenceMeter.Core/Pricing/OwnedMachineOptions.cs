namespace InferenceMeter.Pricing;

/// <summary>
/// What is paid for an owned machine; amounts are in the currency of <see cref="PriceOptions.Rate"/>.
/// </summary>
internal sealed record OwnedMachineOptions
{
    /// <summary>Paid once, not negative.</summary>
    public required decimal PurchasePrice { get; init; }

    /// <summary>Years over which it is written off, above 0.</summary>
    public decimal LifeYears { get; init; } = 4;

    /// <summary>What it is sold for after that, at most <see cref="PurchasePrice"/>.</summary>
    public decimal ResidualValue { get; init; }

    /// <summary>What the money in it costs in a year, as a share, not negative.</summary>
    public decimal CapitalCost { get; init; }

    /// <summary>Share of all hours in which it does work, above 0 and at most 1.</summary>
    public decimal Utilization { get; init; } = 1;

    /// <summary>Rent, space, staff and network in a month.</summary>
    public decimal OverheadPerMonth { get; init; }

    /// <summary>Rated power in watts while it works; <see langword="null"/>: it is measured.</summary>
    public double? RatedWatts { get; init; }

    /// <summary>Power in watts while it does nothing; <see langword="null"/>: not known.</summary>
    public decimal? IdleWatts { get; init; }

    /// <summary>The same in US dollars.</summary>
    /// <param name="price">Has the exchange rate, the price of electricity and the PUE.</param>
    public OwnedMachine ToMachine(PriceOptions price)
    {
        return new OwnedMachine
        {
            PurchaseUsd = Usd(PurchasePrice),
            LifeYears = LifeYears,
            ResidualUsd = Usd(ResidualValue),
            CapitalCost = CapitalCost,
            Utilization = Utilization,
            UsdPerKwh = price.UsdPerKwh ?? 0,
            Pue = price.Pue,
            IdleWatts = IdleWatts,
            Overhead = new UsdPerMachineMonth(Usd(OverheadPerMonth)),
        };

        decimal Usd(decimal amount) => price.Rate?.ToUsd(amount) ?? amount;
    }
}
