using InferenceMeter.Pricing;

namespace InferenceMeter.Settings;

/// <summary>
/// What belongs together in <see cref="PricingSettings"/>: a price that is given twice, or half, is an error and never
/// a guess.
/// </summary>
internal static class PricingRules
{
    /// <summary>More than any grid asks; 21 is a tariff in cents.</summary>
    private const decimal MostUsdPerKwh = 5;

    public static IEnumerable<string> Check(PricingSettings pricing, OwnedSettings owned, TimeProvider time)
    {
        var source = pricing.Source ?? PriceSource.Fixed;
        var text = PriceText.Parse(pricing.Price);
        // Of a price that cannot be read, its currency and unit are not known: one error is enough.
        var unread = pricing.Price is not null && text is null;
        if (unread)
            yield return $"Pricing:Price (--price) is '{pricing.Price}': {PriceText.Hint(pricing.Price!)}; accepted: "
                + $"{PriceText.Form}";
        if (pricing is { UsdPerHour: not null, Price: not null })
            yield return "Pricing:UsdPerHour (--usd-per-hour) and Pricing:Price (--price) both give the price; leave "
                + "one away";
        if (
            source != PriceSource.Fixed
            && source != PriceSource.Auto
            && (pricing.UsdPerHour is not null || pricing.Price is not null)
        )
            yield return $"Pricing:Source (--price-source) {source} finds the price by itself; leave "
                + "Pricing:UsdPerHour (--usd-per-hour) and Pricing:Price (--price) away";
        if (pricing.Source == PriceSource.Fixed && pricing.UsdPerHour is null && pricing.Price is null)
            yield return "Pricing:Source (--price-source) fixed needs Pricing:UsdPerHour (--usd-per-hour) or "
                + "Pricing:Price (--price)";
        if (pricing.GpusPaid is not null && source != PriceSource.Instance && text?.Unit.IsPerGpu() != true && !unread)
            yield return "Pricing:GpusPaid (--gpus-paid) goes with a price per GPU: --price AMOUNT/gpu-hour, or "
                + "--price-source instance with a row that is sold by the GPU";
        if (source is PriceSource.Instance or PriceSource.Feed && pricing.Instance is null)
            yield return $"Pricing:Source (--price-source) {source} needs Pricing:Instance (--instance NAME)";
        if (source == PriceSource.Feed && pricing.Region is null)
            yield return "Pricing:Source (--price-source) feed needs Pricing:Region (--region NAME)";
        if (source == PriceSource.Feed && pricing.Cloud is not (null or "azure"))
            yield return $"Pricing:Cloud (--cloud) is '{pricing.Cloud}', but only azure has a public price service "
                + "without a key; use --price-source instance";
        if (source is not (PriceSource.Instance or PriceSource.Feed) && pricing.Instance is not null)
            yield return "Pricing:Instance (--instance) needs Pricing:Source (--price-source) instance or feed";
        if (Foreign(pricing, owned, text) is { } currency)
        {
            if (pricing.ExchangeRate is null)
                yield return $"amounts in {currency} need Pricing:ExchangeRate (--exchange-rate): US dollars for one "
                    + currency;
        }
        else if (!unread && (pricing.ExchangeRate is not null || pricing.ExchangeRateDate is not null))
        {
            yield return "Pricing:ExchangeRate (--exchange-rate) is given, but no amount is in another currency than "
                + "USD; name it with Pricing:Currency (--currency)";
        }

        if (
            text?.Currency is not null
            && pricing.Currency != CurrencyRate.Usd
            && !string.Equals(text.Currency, pricing.Currency, StringComparison.OrdinalIgnoreCase)
        )
            yield return $"Pricing:Price (--price) is in {text.Currency} and Pricing:Currency (--currency) is "
                + $"{pricing.Currency}; one exchange rate cannot serve both";
        foreach (var error in CheckOwned(pricing, owned, source))
            yield return error;
        foreach (var error in CheckDates(pricing, Today.Latest(time)))
            yield return error;
        var perKwh = pricing.Tariff * (pricing.ExchangeRate ?? 1);
        if (perKwh > MostUsdPerKwh)
            yield return $"Pricing:Tariff (--tariff) is {pricing.Tariff}, which is {perKwh:0.##} US dollars a "
                + $"kilowatt-hour; accepted: at most {MostUsdPerKwh}. If it is in cents, give "
                + $"{pricing.Tariff / 100:0.####}";
        foreach (
            var (name, url) in new[]
            {
                ("Pricing:FeedUrl (--feed-url)", pricing.FeedUrl),
                ("Pricing:MetadataUrl (--metadata-url)", pricing.MetadataUrl),
            }
        )
        {
            if (
                url is not null
                && (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            )
                yield return $"{name} is '{url}', accepted: an http or https address";
        }

        if (pricing.UserPrices is { } file && !File.Exists(file))
            yield return $"Pricing:UserPrices (--user-prices) is '{file}', which does not exist";
    }

    private static IEnumerable<string> CheckDates(PricingSettings pricing, DateOnly latest)
    {
        foreach (
            var (name, date) in new[]
            {
                ("Pricing:AsOf (--price-date)", pricing.AsOf),
                ("Pricing:ExchangeRateDate (--exchange-rate-date)", pricing.ExchangeRateDate),
            }
        )
        {
            if (date > latest)
                yield return $"{name} is {date:yyyy-MM-dd}, which is still to come; give the day that it held";
        }
    }

    private static IEnumerable<string> CheckOwned(PricingSettings pricing, OwnedSettings owned, string source)
    {
        if (source == PriceSource.Owned)
        {
            if (owned.PurchasePrice is null)
                yield return "Pricing:Source (--price-source) owned needs Owned:PurchasePrice (--purchase-price)";
            if (pricing.Tariff is null)
                yield return "Pricing:Source (--price-source) owned needs Pricing:Tariff (--tariff), the price of a "
                    + "kilowatt-hour";
            if (owned.ResidualValue > owned.PurchasePrice)
                yield return $"Owned:ResidualValue (--residual-value) is {owned.ResidualValue}, more than the "
                    + $"{owned.PurchasePrice} that was paid (--purchase-price)";
            if (owned is { IdleWatts: not null, Watts: null })
                yield return "Owned:IdleWatts (--idle-watts) needs Owned:Watts (--watts): a measured power has the "
                    + "idle time in it";
            if (owned.IdleWatts > owned.Watts)
                yield return $"Owned:IdleWatts (--idle-watts) is {owned.IdleWatts}, more than the {owned.Watts} W of "
                    + "work (--watts)";
        }
        else if (owned != new OwnedSettings())
        {
            yield return "Owned:* (--purchase-price, --life-years, --utilization, --watts, --idle-watts, "
                + "--capital-cost, --residual-value, --overhead-per-month) need Pricing:Source (--price-source) owned";
        }
    }

    /// <summary>The currency of any amount given that is not the dollar.</summary>
    private static string? Foreign(PricingSettings pricing, OwnedSettings owned, PriceText? text)
    {
        if (text is { Currency: not (null or CurrencyRate.Usd) })
            return text.Currency;
        var hasAmount = owned.PurchasePrice is not null || pricing.Tariff is not null || text is not null;
        var isForeign = !pricing.Currency.Equals(CurrencyRate.Usd, StringComparison.OrdinalIgnoreCase);
        return hasAmount && isForeign ? pricing.Currency.ToUpperInvariant() : null;
    }
}
