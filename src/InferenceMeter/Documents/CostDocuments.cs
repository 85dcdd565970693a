using InferenceMeter.Composition;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Telemetry;

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

    public static PriceDocument Describe(Price price, MeterSnapshot meter) =>
        Describe(price, Today(meter.At), meter.CostOptions.MaxPriceAgeDays);

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

    /// <param name="energy">From hardware counters.</param>
    /// <param name="meter">Has the tariff.</param>
    /// <param name="wall">Cost on the wall basis over the same time, USD per billion.</param>
    public static EnergyDocument? Describe(EnergyCost? energy, MeterSnapshot meter, decimal? wall)
    {
        if (energy is null)
            return null;
        var (tariff, pue) = (meter.CostOptions.UsdPerKwh, meter.CostOptions.Pue);
        var usd = tariff is { } known ? energy.UsdPerBillion(known, pue) : (decimal?)null;
        return new EnergyDocument(
            energy.JoulesPerImage,
            energy.Watts,
            energy.Seconds,
            meter.EnergySensors,
            usd is { } cost ? Round(cost) : null,
            tariff,
            tariff is null ? null : pue,
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
    public static IEnumerable<string> Marks(MeterSnapshot meter)
    {
        var (price, most) = (meter.Price, meter.CostOptions.MaxPriceAgeDays);
        var age = price.AgeDays(Today(meter.At));
        var rate = price.Rate is { } exchange ? $", exchange rate {exchange.AsOf:yyyy-MM-dd}" : "";
        if (age > most)
        {
            yield return $"the price is {age} days old (as of {price.AsOf:yyyy-MM-dd}{rate}); "
                + $"at most {most} are allowed (--max-price-age)";
        }

        if (price.Gpus is { } paid && paid != meter.Gpus)
        {
            var used = meter.Gpus == 1 ? "is" : "are";
            yield return $"the price pays for {paid} GPU{(paid == 1 ? "" : "s")}, {meter.Gpus} {used} used";
        }

        if (meter.PriceTrouble is { } trouble)
            yield return trouble;
        if (meter.HistoryTrouble is { } lost)
            yield return lost;
    }

    private static DateOnly Today(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    public static decimal Round(decimal usd) => Math.Round(usd, 6);
}
