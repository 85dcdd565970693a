using System.Globalization;

namespace InferenceMeter.Pricing.Feeds;

/// <summary>Which of the many prices of a machine in Azure's list is the one that was asked for; pure.</summary>
internal static class AzurePriceChoice
{
    /// <summary>The price in force.</summary>
    /// <param name="items">All pages.</param>
    /// <param name="key">What is asked for.</param>
    /// <param name="billingCurrency">What the page says of all its prices.</param>
    /// <param name="host">Who said so, for messages.</param>
    /// <param name="now">The time at which the price must be in force.</param>
    /// <exception cref="PriceException">There is none, or more than one.</exception>
    public static (UsdPerMachineHour PerHour, DateOnly EffectiveFrom) Choose(
        IReadOnlyCollection<AzureItem> items,
        FeedKey key,
        string? billingCurrency,
        string host,
        DateTimeOffset now
    )
    {
        var meant = items.Where(item => IsMeant(item, key)).ToArray();
        if (meant.Length == 0)
        {
            var others =
                items.Count == 0
                    ? "it lists nothing of that name"
                    : $"none of the {items.Count} prices it lists is a Linux machine's of that kind";
            throw new PriceException(
                $"{host} has no price of {key}: {others}; check the names (as Azure writes them: "
                    + "Standard_NC4as_T4_v3, westeurope), or give the price yourself"
            );
        }

        foreach (var item in meant)
        {
            var currency = item.CurrencyCode ?? billingCurrency;
            if (currency != "USD")
                throw new PriceException(
                    $"{host} prices {key} in '{FeedText.OneLine(currency)}', not in USD as it was asked "
                        + "to; check the address of the price service"
                );
        }

        var dated = meant
            .Select(item =>
                (
                    Item: item,
                    From: Date(item.EffectiveStartDate, item, host),
                    To: item.EffectiveEndDate is null
                        ? DateTimeOffset.MaxValue
                        : Date(item.EffectiveEndDate, item, host)
                )
            )
            .ToArray();
        var started = dated.Where(price => price.From <= now && price.To > now).ToArray();
        if (started.Length == 0)
            throw new PriceException(
                $"{host} has no price of {key} that is in force now (the next holds from "
                    + $"{dated.Max(price => price.From):yyyy-MM-dd}); give the price yourself"
            );
        // A machine may also be listed with the meter of another region; the one of its own is what is billed.
        if (started.Any(price => price.Item.IsPrimaryMeterRegion is true))
            started = [.. started.Where(price => price.Item.IsPrimaryMeterRegion is true)];
        var latest = started
            .GroupBy(price => Meter(price.Item))
            .SelectMany(meter => meter.Where(price => price.From == meter.Max(other => other.From)))
            .ToArray();
        var prices = latest
            .Select(price => (PerHour: PerHour(price.Item, key, host), price.From, price.Item))
            .ToArray();
        if (prices.DistinctBy(price => price.PerHour).Count() > 1)
        {
            var meters = string.Join(
                ", ",
                prices
                    .Take(4)
                    .Select(price =>
                        $"'{FeedText.OneLine(price.Item.MeterName)}' of "
                        + $"'{FeedText.OneLine(price.Item.ProductName)}' at {price.PerHour.Usd:0.######} USD/hour"
                    )
            );
            throw new PriceException($"{host} has more than one price of {key}: {meters}; give the right one yourself");
        }

        return (prices[0].PerHour, DateOnly.FromDateTime(prices.Max(price => price.From).UtcDateTime));
    }

    private static bool IsMeant(AzureItem item, FeedKey key)
    {
        // The filter is the server's to apply; a server that ignores it must not give us another machine's price.
        if (!Same(item.ArmSkuName, key.Instance) || !Same(item.ArmRegionName, key.Region))
            return false;
        // The same sizes are also sold with Windows, and as the older Cloud Services.
        if (
            Says(item.ProductName, "Windows")
            || Says(item.ProductName, "CloudServices")
            || Says(item.ProductName, "Cloud Services")
        )
            return false;
        // Low priority is what came before spot, for batch pools alone; DevTestConsumption is for subscribers of Visual
        // Studio.
        if (Says(item, "Low Priority") || Says(item, "Spot") != key.Purchase is PurchaseOption.Spot)
            return false;
        return key.Purchase switch
        {
            PurchaseOption.Reserved1Year => item.Type == "Reservation" && item.ReservationTerm == "1 Year",
            PurchaseOption.Reserved3Years => item.Type == "Reservation" && item.ReservationTerm == "3 Years",
            _ => item.Type == "Consumption",
        };
    }

    private static UsdPerMachineHour PerHour(AzureItem item, FeedKey key, string host)
    {
        var usd = item.RetailPrice ?? 0;
        var perHour = (key.Purchase, item.UnitOfMeasure) switch
        {
            // Said to be "1 Hour" as well, but the amount is what the whole term costs.
            (PurchaseOption.Reserved1Year, "1 Hour") => new UsdPerMachineTerm(usd, 1).PerHour(),
            (PurchaseOption.Reserved3Years, "1 Hour") => new UsdPerMachineTerm(usd, 3).PerHour(),
            (PurchaseOption.OnDemand or PurchaseOption.Spot, "1 Hour") => new UsdPerMachineHour(usd),
            (PurchaseOption.OnDemand or PurchaseOption.Spot, "1/Month") => new UsdPerMachineMonth(usd).PerHour(),
            _ => throw new PriceException(
                $"{host} prices {key} by '{FeedText.OneLine(item.UnitOfMeasure)}', not by '1 Hour'; give "
                    + "the price yourself"
            ),
        };
        return perHour.Usd is > 0 and <= Price.MaxUsdPerHour
            ? perHour
            : throw new PriceException(
                $"{host} says that {key} costs {perHour.Usd:0.######} USD/hour, which cannot be; give the "
                    + "price yourself"
            );
    }

    // Without an offset it is UTC, as with one; the zone of this machine has no part in it.
    private static DateTimeOffset Date(string? text, AzureItem item, string host) =>
        DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var date
        )
            ? date
            : throw new PriceException(
                $"{host} does not say since when '{FeedText.OneLine(item.MeterName)}' has its price "
                    + $"('{FeedText.OneLine(text)}' is no date); give the price yourself"
            );

    private static string Meter(AzureItem item) =>
        item.MeterId ?? $"{item.ProductName}\n{item.MeterName}\n{item.SkuName}";

    private static bool Says(AzureItem item, string word) => Says(item.SkuName, word) || Says(item.MeterName, word);

    private static bool Says(string? text, string word) =>
        text?.Contains(word, StringComparison.OrdinalIgnoreCase) ?? false;

    private static bool Same(string? one, string other) =>
        string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
