using InferenceMeter.Composition;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Documents;

/// <summary>From prices and readings to documents.</summary>
internal static class CostDocuments
{
    public static CostDocument Describe(CostReading cost) =>
        new CostDocument
        {
            Basis = cost.Basis.Label(),
            Scope = cost.Scope.Label(),
            Window = cost.Window.Label(),
            UsdPerBillionImages = Round(cost.UsdPerBillion),
            Low = Round(cost.Low),
            High = cost.High is { } high ? Round(high) : null,
            UsdPerHour = Round(cost.UsdPerHour),
        };

    public static PriceDocument Describe(Price price, MeterSnapshot meter) =>
        Describe(price, Utc(meter.At), meter.CostOptions.MaxPriceAgeDays, meter.Gpus);

    /// <param name="price">To describe.</param>
    /// <param name="today">In UTC.</param>
    /// <param name="maxAgeDays">From the settings.</param>
    /// <param name="gpus">GPUs that the model runs on; <see langword="null"/> when that is not known.</param>
    public static PriceDocument Describe(Price price, DateOnly today, int maxAgeDays, int? gpus)
    {
        var mismatches = PriceFit.Mismatches(price, gpus, Environment.ProcessorCount);
        return new PriceDocument
        {
            UsdPerHour = Round(price.UsdPerHour),
            UsdPerWorkingHour = price.PerWorkingHour == price.PerHour ? null : Round(price.PerWorkingHour.Usd),
            Source = price.Source,
            AsOf = price.AsOf,
            AgeDays = price.AgeDays(today),
            Stale = price.AgeDays(today) > maxAgeDays,
            Note = price.Note,
            Cloud = price.Cloud,
            Instance = price.Instance,
            Region = price.Region,
            Purchase = price.Purchase?.Label(),
            Gpus = price.Gpus,
            Vcpus = price.Vcpus,
            Buys = price.Buys,
            SourceUrl = price.SourceUrl,
            ExchangeRate = price.Rate,
            Parts =
                price.Parts.Count > 0 ? price.Parts.ToDictionary(part => part.Key, part => Round(part.Value)) : null,
            OldestDate = price.OldestDate,
            Mismatches = mismatches.Count > 0 ? mismatches : null,
        };
    }

    /// <param name="energy">From hardware counters.</param>
    /// <param name="meter">Has the tariff.</param>
    /// <param name="wall">Cost on the wall basis over the same time, USD per billion.</param>
    public static EnergyDocument? Describe(EnergyCost? energy, MeterSnapshot meter, decimal? wall)
    {
        if (energy is null)
            return null;
        var (tariff, pue) = (meter.CostOptions.UsdPerKwh, meter.CostOptions.Pue);
        var usd = tariff is { } known ? energy.UsdPerBillion(known, pue) : (decimal?)null;
        return new EnergyDocument
        {
            JoulesPerImage = energy.JoulesPerImage,
            Watts = energy.Watts,
            Seconds = energy.Seconds,
            Sensors = meter.EnergySensors,
            UsdPerBillionImages = usd is { } cost ? Round(cost) : null,
            UsdPerKwh = tariff,
            Pue = tariff is null ? null : pue,
            ShareOfWall = wall > 0 && usd is not null ? (double)(usd.Value / wall.Value) : null,
        };
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
        var age = price.AgeDays(Utc(meter.At));
        var what = price.OldestDate < price.AsOf ? "the price's exchange rate" : "the price";
        if (age > most)
        {
            yield return $"{what} is {age} days old (of {price.OldestDate:yyyy-MM-dd}); "
                + $"at most {most} are allowed (--max-price-age)";
        }

        foreach (var mismatch in PriceFit.Mismatches(price, meter.Gpus, Environment.ProcessorCount))
            yield return mismatch;
        if (meter.PriceTrouble is { } trouble)
            yield return trouble;
        if (meter.HistoryTrouble is { } lost)
            yield return lost;
    }

    private static DateOnly Utc(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    public static decimal Round(decimal usd) => Math.Round(usd, 6);
}
