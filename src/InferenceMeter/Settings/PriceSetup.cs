using InferenceMeter.Models;
using InferenceMeter.Pricing;
using InferenceMeter.Pricing.Book;
using InferenceMeter.Pricing.Clouds;
using InferenceMeter.Pricing.Feeds;

namespace InferenceMeter.Settings;

/// <summary>From the settings to the source of the price.</summary>
internal static class PriceSetup
{
    // One for the whole process, as HttpClient wants it; what it is used for sets its own limits of time.
    private static readonly HttpClient Http = new() { Timeout = Timeout.InfiniteTimeSpan };

    private static readonly string[] UserFiles = ["UserPrices.csv", "UserPrices.json"];

    /// <summary>The source that the settings ask for.</summary>
    /// <param name="settings">Valid settings.</param>
    /// <param name="gpusUsed">GPUs that the model runs on; <see langword="null"/> when that is not known yet.</param>
    /// <param name="joules">Energy of all devices so far, from hardware counters.</param>
    /// <exception cref="PriceException">It cannot be had from there.</exception>
    public static IPriceSource Source(MeterSettings settings, int? gpusUsed, Func<double?> joules, TimeProvider time)
    {
        var pricing = settings.Pricing;
        var purchase = PurchaseOptions.Parse(pricing.Purchase);
        return pricing.Source switch
        {
            PriceSource.Owned => new OwnedPriceSource(
                Owned(settings, time),
                settings.Owned.Watts,
                joules,
                Rate(settings, time),
                time
            ),
            PriceSource.Instance => new InstancePriceSource(
                Book(settings, time),
                new PriceQuery(pricing.Cloud, pricing.Instance!, pricing.Region, purchase ?? PurchaseOption.OnDemand),
                pricing.GpusPaid
            ),
            PriceSource.Feed => new FeedPriceSource(
                Feed(settings, time),
                new FeedKey(pricing.Instance!, pricing.Region!, purchase ?? PurchaseOption.OnDemand),
                Folder(settings),
                TimeSpan.FromHours(pricing.FeedHours),
                time
            ),
            PriceSource.Auto => Detected(settings, purchase, Given(settings, gpusUsed, time), time),
            _ => new FixedPriceSource(Given(settings, gpusUsed, time) ?? Price.Assumed(UtcToday(time))),
        };
    }

    /// <summary>
    /// The price file; before it what was fetched later than it was written, and before that the user's own prices.
    /// </summary>
    /// <exception cref="PriceException">The user's file cannot be used.</exception>
    public static PriceBook Book(MeterSettings settings, TimeProvider time)
    {
        var fetched = FeedRefresh
            .ReadAll(Folder(settings))
            .Select(pair => new PriceRow
            {
                Cloud = "azure",
                Instance = pair.Key.Instance,
                Region = pair.Key.Region,
                Purchase = pair.Key.Purchase,
                Amount = pair.Value.UsdPerHour,
                Unit = PriceUnit.MachineHour,
                AsOf = pair.Value.AsOf,
                Source = pair.Value.SourceUrl ?? settings.Pricing.FeedUrl,
            });
        var shipped = PriceBook.Shipped.Refreshed(fetched);
        return (settings.Pricing.UserPrices ?? UserFiles.FirstOrDefault(File.Exists)) is { } file
            ? shipped.With(PriceFile.ReadUser(file, Today.Latest(time)))
            : shipped;
    }

    /// <summary>The price service.</summary>
    public static AzureRetailPrices Feed(MeterSettings settings, TimeProvider time) =>
        new(Http, new Uri(settings.Pricing.FeedUrl), time);

    /// <summary>Where fetched prices are kept.</summary>
    public static string Folder(MeterSettings settings) =>
        Path.Combine(settings.Model.CacheDirectory ?? ModelCache.DefaultFolder(), "prices");

    /// <summary>The tariff in US dollars; <see langword="null"/> when none is given.</summary>
    public static decimal? UsdPerKwh(MeterSettings settings, TimeProvider time) =>
        settings.Pricing.Tariff is { } tariff ? Rate(settings, time)?.ToUsd(tariff) ?? tariff : null;

    private static DetectedPriceSource Detected(
        MeterSettings settings,
        PurchaseOption? purchase,
        Price? given,
        TimeProvider time
    )
    {
        var book = Book(settings, time);
        return new DetectedPriceSource(
            new CloudMetadata(settings.Pricing.MetadataUrl is { } url ? new Uri(url) : null, time),
            machine =>
                PriceBook.ToPrice(
                    book.Find(new PriceQuery(machine.Cloud, machine.Instance, machine.Region, machine.Purchase))
                ),
            purchase,
            given
        );
    }

    private static Price? Given(MeterSettings settings, int? gpusUsed, TimeProvider time)
    {
        var pricing = settings.Pricing;
        var price = new { AsOf = pricing.AsOf ?? UtcToday(time), Note = "set by the user" };
        if (pricing.UsdPerHour is { } usd)
            return new Price
            {
                PerHour = new UsdPerMachineHour(usd),
                Source = PriceSource.Fixed,
                AsOf = price.AsOf,
                Note = price.Note,
            };
        if (PriceText.Parse(pricing.Price) is not { } text)
            return null;
        var gpus = pricing.GpusPaid ?? gpusUsed ?? 0;
        if (text.Unit.IsPerGpu() && gpus == 0)
            throw new PriceException(
                $"--price {pricing.Price} is for one GPU, and the model runs on none; say with --gpus-paid "
                    + "how many are paid for, or give the machine's price: --price AMOUNT/hour"
            );
        var rate =
            text.Currency is null or CurrencyRate.Usd && pricing.Currency == CurrencyRate.Usd
                ? null
                : Rate(settings, time);
        var perHour = text.Unit.OfMachine(rate?.ToUsd(text.Amount) ?? text.Amount, gpus);
        if (perHour.Usd > Price.MaxUsdPerHour)
            throw new PriceException(
                $"--price {pricing.Price} comes to {perHour.Usd:#,0.##} USD/hour; at most "
                    + $"{Price.MaxUsdPerHour:#,0} is accepted"
            );
        return new Price
        {
            PerHour = perHour,
            Source = PriceSource.Fixed,
            AsOf = price.AsOf,
            Note = $"set by the user: {pricing.Price}{(text.Unit.IsPerGpu() ? $" x {gpus}" : "")}",
            Rate = rate,
            Gpus = text.Unit.IsPerGpu() ? gpus : null,
        };
    }

    private static CurrencyRate? Rate(MeterSettings settings, TimeProvider time)
    {
        var pricing = settings.Pricing;
        if (pricing.ExchangeRate is not { } rate)
            return null;
        var currency = PriceText.Parse(pricing.Price)?.Currency ?? pricing.Currency.ToUpperInvariant();
        return new CurrencyRate(currency, rate, pricing.ExchangeRateDate ?? UtcToday(time));
    }

    private static OwnedMachine Owned(MeterSettings settings, TimeProvider time)
    {
        var (owned, rate) = (settings.Owned, Rate(settings, time));
        return new OwnedMachine
        {
            PurchaseUsd = Usd(owned.PurchasePrice!.Value),
            LifeYears = owned.LifeYears,
            ResidualUsd = Usd(owned.ResidualValue),
            CapitalCost = owned.CapitalCost,
            Utilization = owned.Utilization,
            UsdPerKwh = Usd(settings.Pricing.Tariff!.Value),
            Pue = settings.Pricing.Pue,
            IdleWatts = owned.IdleWatts,
            Overhead = new UsdPerMachineMonth(Usd(owned.OverheadPerMonth)),
        };

        decimal Usd(decimal amount) => rate?.ToUsd(amount) ?? amount;
    }

    private static DateOnly UtcToday(TimeProvider time) => Today.Utc(time);
}
