using InferenceMeter.Models;
using InferenceMeter.Pricing;

namespace InferenceMeter.Settings;

/// <summary>From the settings to where the price comes from.</summary>
internal static class PriceSetup
{
    private static readonly string[] UserFiles = ["UserPrices.csv", "UserPrices.json"];

    /// <param name="settings">Valid settings.</param>
    /// <param name="time">Clock: an exchange rate without a day is today's.</param>
    public static PriceOptions ToPriceOptions(this MeterSettings settings, TimeProvider time)
    {
        var pricing = settings.Pricing;
        var text = PriceText.Parse(pricing.Price);
        var rate = Rate(pricing, text, time);
        return new PriceOptions
        {
            Origin = Origin(pricing.Source),
            Given = Given(pricing, text, rate),
            Rented = new RentedMachineOptions
            {
                Cloud = pricing.Cloud,
                Instance = pricing.Instance,
                Region = pricing.Region,
                Purchase = PurchaseOptions.Parse(pricing.Purchase),
                GpusPaid = pricing.GpusPaid,
            },
            Owned = Owned(settings.Owned),
            Rate = rate,
            Tariff = pricing.Tariff,
            Pue = pricing.Pue,
            UserFile = pricing.UserPrices ?? UserFiles.FirstOrDefault(File.Exists),
            FetchedFolder = Path.Combine(settings.Model.CacheDirectory ?? ModelCache.DefaultFolder(), "prices"),
            FeedAddress = new Uri(pricing.FeedUrl),
            FeedInterval = TimeSpan.FromHours(pricing.FeedHours),
            MetadataAddress = pricing.MetadataUrl is { } url ? new Uri(url) : null,
        };
    }

    private static PriceOrigin Origin(string? source) =>
        source switch
        {
            PriceSource.Owned => PriceOrigin.Owned,
            PriceSource.Instance => PriceOrigin.Instance,
            PriceSource.Feed => PriceOrigin.Feed,
            PriceSource.Auto => PriceOrigin.Detected,
            _ => PriceOrigin.Given,
        };

    private static GivenPriceOptions? Given(PricingSettings pricing, PriceText? text, CurrencyRate? rate)
    {
        if (pricing.UsdPerHour is { } usd)
            return new GivenPriceOptions { Amount = usd, AsOf = pricing.AsOf };
        if (text is null)
            return null;
        var isUsd = text.Currency is null or CurrencyRate.Usd && pricing.Currency == CurrencyRate.Usd;
        return new GivenPriceOptions
        {
            Amount = text.Amount,
            Unit = text.Unit,
            Rate = isUsd ? null : rate,
            Written = pricing.Price,
            AsOf = pricing.AsOf,
            GpusPaid = pricing.GpusPaid,
        };
    }

    private static CurrencyRate? Rate(PricingSettings pricing, PriceText? text, TimeProvider time) =>
        pricing.ExchangeRate is { } rate
            ? new CurrencyRate(
                text?.Currency ?? pricing.Currency.ToUpperInvariant(),
                rate,
                pricing.ExchangeRateDate ?? Today.Utc(time)
            )
            : null;

    private static OwnedMachineOptions? Owned(OwnedSettings owned) =>
        owned.PurchasePrice is { } paid
            ? new OwnedMachineOptions
            {
                PurchasePrice = paid,
                LifeYears = owned.LifeYears,
                ResidualValue = owned.ResidualValue,
                CapitalCost = owned.CapitalCost,
                Utilization = owned.Utilization,
                OverheadPerMonth = owned.OverheadPerMonth,
                RatedWatts = owned.Watts,
                IdleWatts = owned.IdleWatts,
            }
            : null;
}
