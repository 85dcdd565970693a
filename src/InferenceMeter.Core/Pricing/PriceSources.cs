using InferenceMeter.Pricing.Book;
using InferenceMeter.Pricing.Clouds;
using InferenceMeter.Pricing.Feeds;
using Microsoft.Extensions.DependencyInjection;

namespace InferenceMeter.Pricing;

/// <summary>Opens the sources of prices; owns the HTTP clients that they ask with.</summary>
/// <param name="options">Where prices come from.</param>
/// <param name="time">Clock of what is in force, of time limits and of retries.</param>
internal sealed class PriceSources(PriceOptions options, TimeProvider time) : IDisposable
{
    // Most meters have a price that nobody has to be asked for.
    private readonly Lazy<ServiceProvider> _clients = new(() =>
        new ServiceCollection()
            .AddSingleton(time)
            .AddAzureRetailPrices(options.FeedAddress, new FeedRetryOptions())
            .AddCloudMetadata(options.MetadataAddress)
            .BuildServiceProvider()
    );

    /// <summary>The price service.</summary>
    public AzureRetailPrices Feed => _clients.Value.GetRequiredService<AzureRetailPrices>();

    /// <summary>The source that the options ask for.</summary>
    /// <param name="gpusUsed">GPUs that the model runs on; <see langword="null"/> when that is not known yet.</param>
    /// <param name="joules">
    /// Energy of all devices so far, from hardware counters; <see langword="null"/> where there are none.
    /// </param>
    /// <exception cref="PriceException">It cannot be opened.</exception>
    public IPriceSource Open(int? gpusUsed, Func<double?> joules)
    {
        var today = Today.Utc(time);
        return options.Origin switch
        {
            PriceOrigin.Owned => Owned(joules),
            PriceOrigin.Instance => Instance(),
            PriceOrigin.Detected => Detected(Given()),
            PriceOrigin.Feed => Fed(),
            _ => new FixedPriceSource(Given() ?? Price.Assumed(today)),
        };

        Price? Given() => options.Given?.ToPrice(gpusUsed, today);
    }

    /// <summary>
    /// The built-in prices, overridden by those that were fetched later, and those by the user's own.
    /// </summary>
    /// <exception cref="PriceException">The user's file cannot be used.</exception>
    public PriceBook Book()
    {
        var fetched = FeedRefresh.ReadAll(options.FetchedFolder).Select(pair => Row(pair.Key, pair.Value));
        var shipped = PriceBook.Shipped.Refreshed(fetched);
        return options.UserFile is { } file ? shipped.With(PriceFile.ReadUser(file, Today.Latest(time))) : shipped;
    }

    public void Dispose()
    {
        if (_clients.IsValueCreated)
            _clients.Value.Dispose();
    }

    private OwnedPriceSource Owned(Func<double?> joules)
    {
        var owned = options.Owned ?? throw new InvalidOperationException("an owned machine needs its options");
        return new OwnedPriceSource(owned.ToMachine(options), owned.RatedWatts, joules, options.Rate, time);
    }

    private InstancePriceSource Instance()
    {
        var machine = options.Rented;
        var query = new PriceQuery(machine.Cloud, Name(machine.Instance), machine.Region, Purchase);
        return new InstancePriceSource(Book(), query, machine.GpusPaid);
    }

    private FeedPriceSource Fed()
    {
        var machine = options.Rented;
        var key = new FeedKey(Name(machine.Instance), Name(machine.Region), Purchase);
        return new FeedPriceSource(Feed, key, options.FetchedFolder, options.FeedInterval, time);
    }

    private DetectedPriceSource Detected(Price? given)
    {
        var book = Book();
        return new DetectedPriceSource(
            _clients.Value.GetRequiredService<CloudMetadata>(),
            machine =>
                PriceBook.ToPrice(
                    book.Find(new PriceQuery(machine.Cloud, machine.Instance, machine.Region, machine.Purchase))
                ),
            options.Rented.Purchase,
            given
        );
    }

    private PurchaseOption Purchase => options.Rented.Purchase ?? PurchaseOption.OnDemand;

    private PriceRow Row(FeedKey key, Price price) =>
        new()
        {
            Cloud = "azure",
            Instance = key.Instance,
            Region = key.Region,
            Purchase = key.Purchase,
            Amount = price.UsdPerHour,
            Unit = PriceUnit.MachineHour,
            AsOf = price.AsOf,
            Source = price.SourceUrl ?? options.FeedAddress.AbsoluteUri,
        };

    private static string Name(string? name) =>
        name ?? throw new InvalidOperationException("a machine is looked up by its name, in a feed also its region");
}
