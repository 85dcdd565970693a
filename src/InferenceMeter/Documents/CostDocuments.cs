using InferenceMeter.Composition;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Documents;

/// <summary>From prices and readings to documents.</summary>
internal static class CostDocuments
{
    public static CostDocument Describe(CostReading cost) =>
        new(
            cost.Basis.Label(),
            cost.Scope.Label(),
            cost.Window,
            Round(cost.UsdPerBillion),
            Round(cost.Low),
            cost.High is { } high ? Round(high) : null,
            Round(cost.UsdPerHour)
        );

    public static PriceDocument Describe(Price price, MeterParts parts) =>
        Describe(price, DateOnly.FromDateTime(parts.Time.GetUtcNow().UtcDateTime), parts.Settings.Pricing.MaxAgeDays);

    public static PriceDocument Describe(Price price, DateOnly today, int maxAgeDays) =>
        new(
            Round(price.UsdPerHour),
            price.Source,
            price.AsOf,
            price.AgeDays(today),
            price.AgeDays(today) > maxAgeDays,
            price.Note,
            price.Cloud,
            price.Instance,
            price.Region,
            price.Purchase?.Label(),
            price.Gpus,
            price.SourceUrl,
            price.Rate,
            price.Parts.Count > 0 ? price.Parts.ToDictionary(part => part.Key, part => Round(part.Value)) : null
        );

    /// <param name="wall">Cost on the wall basis over the same time, USD per billion.</param>
    public static EnergyDocument? Describe(EnergyCost? energy, MeterParts parts, decimal? wall)
    {
        if (energy is null)
            return null;
        var usd = parts.Money.UsdPerKwh is { } tariff
            ? energy.UsdPerBillion(tariff, parts.Settings.Pricing.Pue)
            : (decimal?)null;
        return new EnergyDocument(
            energy.JoulesPerImage,
            energy.Watts,
            energy.Seconds,
            parts.Sensors.EnergySensors,
            usd is { } known ? Round(known) : null,
            parts.Money.UsdPerKwh,
            parts.Money.UsdPerKwh is null ? null : parts.Settings.Pricing.Pue,
            wall > 0 && usd is not null ? (double)(usd.Value / wall.Value) : null
        );
    }

    /// <param name="wall">Cost on the wall basis, USD per billion.</param>
    public static IReadOnlyList<MoneyDocument>? Describe(CostBreakdown? breakdown, decimal? wall) =>
        breakdown is { } shares && wall is { } whole
            ?
            [
                .. shares.Parts.Select(part => new MoneyDocument(
                    part.Stage,
                    Round((decimal)part.Share * whole),
                    part.Share
                )),
            ]
            : null;

    /// <summary>What lowers the worth of the price now, one line each.</summary>
    public static IEnumerable<string> Marks(MeterParts parts)
    {
        var price = parts.Prices.Current;
        var age = price.AgeDays(DateOnly.FromDateTime(parts.Time.GetUtcNow().UtcDateTime));
        if (age > parts.Settings.Pricing.MaxAgeDays)
            yield return $"the price is {age} days old (as of {price.AsOf:yyyy-MM-dd}{(price.Rate is { } rate ? $", exchange rate {rate.AsOf:yyyy-MM-dd}" : "")}); at most {parts.Settings.Pricing.MaxAgeDays} are allowed (--max-price-age)";
        if (price.Gpus is { } paid && paid != parts.Sensors.Gpus)
            yield return $"the price pays for {paid} GPU{(paid == 1 ? "" : "s")}, {parts.Sensors.Gpus} {(parts.Sensors.Gpus == 1 ? "is" : "are")} used";
        if (parts.Money.Keeper.Trouble is { } trouble)
            yield return trouble;
        if (parts.History?.Trouble is { } lost)
            yield return lost;
    }

    public static decimal Round(decimal usd) => Math.Round(usd, 6);
}
