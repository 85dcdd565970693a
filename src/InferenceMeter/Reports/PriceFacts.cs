using InferenceMeter.Documents;

namespace InferenceMeter.Reports;

/// <summary>A price and where it comes from, in lines.</summary>
internal static class PriceFacts
{
    public static IEnumerable<(string Name, string Value)> Of(PriceDocument price)
    {
        yield return ("price", $"${price.UsdPerHour:0.00####}/hour of {price.Buys ?? "the whole machine"}");
        if (price.UsdPerWorkingHour is { } working)
            yield return (
                "working hour",
                $"${working:0.00####}, for busy, capacity and slo: it pays for the unused hours too"
            );
        yield return (
            "source",
            $"{price.Source}, {Figures.Dated(price)}{(price.Stale ? $": STALE, {price.AgeDays} days old" : "")}"
        );
        foreach (var mismatch in price.Mismatches ?? [])
            yield return ("mismatch", mismatch);
        if (price.Instance is not null)
            yield return (
                "machine",
                string.Join(
                    ", ",
                    new[]
                    {
                        price.Cloud,
                        price.Instance,
                        price.Region,
                        price.Purchase,
                        price.Gpus > 0 ? Figures.Count(price.Gpus.Value, "GPU") : null,
                    }
                        .OfType<string>()
                        .Where(text => text.Length > 0)
                )
            );
        foreach (var (part, usd) in price.Parts ?? new Dictionary<string, decimal>())
            yield return (part, $"${usd:0.0000##}/hour");
        if (price.ExchangeRate is { } rate)
            yield return ("exchange", $"1 {rate.Currency} = {rate.UsdPerUnit} USD, {rate.AsOf:yyyy-MM-dd}");
        if (price.SourceUrl is not null)
            yield return ("found at", price.SourceUrl);
        if (price.Note is not null)
            yield return ("note", price.Note);
    }
}
