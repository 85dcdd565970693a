using InferenceMeter.Hosting;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Api;

/// <summary>What a billion images cost on one basis.</summary>
internal sealed record CostDocument(
    string Basis,
    string Scope,
    string Window,
    decimal UsdPerBillionImages,
    decimal Low,
    decimal? High,
    decimal UsdPerHour
);

/// <summary>A price.</summary>
/// <param name="UsdPerWorkingHour">
/// What an hour of work costs where it pays for unused hours too: of the bases busy, capacity and slo; absent where it is the same.
/// </param>
/// <param name="AgeDays">Since it held; its exchange rate's when that is older.</param>
/// <param name="Stale">Older than the limit of the settings.</param>
/// <param name="Gpus">GPUs that it pays for, where that is known.</param>
/// <param name="ExchangeRate">That it went through, where it was not in US dollars.</param>
/// <param name="Vcpus">Virtual CPUs of the machine that it is the price of, where that is known.</param>
/// <param name="Buys">What it buys where that is no whole machine: a GPU.</param>
/// <param name="OldestDate">The older of its date and its exchange rate's: what its age is reckoned from.</param>
/// <param name="Mismatches">What of the machine that it is the price of is not so here.</param>
/// <param name="Parts">What it is made of, USD per hour, where it is not one figure.</param>
internal sealed record PriceDocument(
    decimal UsdPerHour,
    decimal? UsdPerWorkingHour,
    string Source,
    DateOnly AsOf,
    int AgeDays,
    bool Stale,
    string? Note,
    string? Cloud,
    string? Instance,
    string? Region,
    string? Purchase,
    int? Gpus,
    int? Vcpus,
    string? Buys,
    string? SourceUrl,
    CurrencyRate? ExchangeRate,
    IReadOnlyDictionary<string, decimal>? Parts,
    DateOnly OldestDate,
    IReadOnlyList<string>? Mismatches
);

/// <summary>Energy of the images, from hardware counters alone.</summary>
/// <param name="Sensors">The counters; what has none (the rest of the machine) is not in the figures.</param>
/// <param name="UsdPerBillionImages">Of electricity, at the tariff and the PUE of the settings; absent without a tariff.</param>
/// <param name="ShareOfWall">That electricity over the cost on the wall basis.</param>
internal sealed record EnergyDocument(
    double JoulesPerImage,
    double Watts,
    double Seconds,
    IReadOnlyList<string> Sensors,
    decimal? UsdPerBillionImages,
    decimal? UsdPerKwh,
    decimal? Pue,
    double? ShareOfWall
);

/// <summary>A part of the money: where the machine's time went.</summary>
/// <param name="Stage"><c>decode</c>, <c>batch</c>, <c>infer</c> or <c>idle</c>; together they are the cost on the wall basis.</param>
/// <param name="Share">Of that cost, 0..1.</param>
internal sealed record MoneyDocument(string Stage, decimal UsdPerBillionImages, double Share);

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
        Describe(price, Today.Utc(parts.Time), parts.Settings.Pricing.MaxAgeDays, parts.Sensors.Gpus);

    /// <param name="price">To describe.</param>
    /// <param name="today">In UTC.</param>
    /// <param name="maxAgeDays">From the settings.</param>
    /// <param name="gpus">GPUs that the model runs on; <see langword="null"/> when that is not known.</param>
    public static PriceDocument Describe(Price price, DateOnly today, int maxAgeDays, int? gpus) =>
        new(
            Round(price.UsdPerHour),
            price.PerWorkingHour == price.PerHour ? null : Round(price.PerWorkingHour.Usd),
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
            price.Vcpus,
            price.Buys,
            price.SourceUrl,
            price.Rate,
            price.Parts.Count > 0 ? price.Parts.ToDictionary(part => part.Key, part => Round(part.Value)) : null,
            price.OldestDate,
            PriceFit.Mismatches(price, gpus, Environment.ProcessorCount) is { Count: > 0 } mismatches
                ? mismatches
                : null
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
        var age = price.AgeDays(Today.Utc(parts.Time));
        var what = price.OldestDate < price.AsOf ? "the price's exchange rate" : "the price";
        if (age > parts.Settings.Pricing.MaxAgeDays)
            yield return $"{what} is {age} days old (of {price.OldestDate:yyyy-MM-dd}); at most {parts.Settings.Pricing.MaxAgeDays} are allowed (--max-price-age)";
        foreach (var mismatch in PriceFit.Mismatches(price, parts.Sensors.Gpus, Environment.ProcessorCount))
            yield return mismatch;
        if (parts.Money.Keeper.Trouble is { } trouble)
            yield return trouble;
        if (parts.History?.Trouble is { } lost)
            yield return lost;
    }

    public static decimal Round(decimal usd) => Math.Round(usd, 6);
}
