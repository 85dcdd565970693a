using InferenceMeter.Pricing.Feeds;

namespace InferenceMeter.Pricing;

/// <summary>Where the price of the machine comes from; <see cref="PriceSources"/> opens it.</summary>
internal sealed record PriceOptions
{
    /// <summary>Which of the sources below is used.</summary>
    public PriceOrigin Origin { get; init; } = PriceOrigin.Given;

    /// <summary>
    /// The user's own price; with <see cref="PriceOrigin.Detected"/> for a machine that no cloud knows.
    /// <see langword="null"/>: 1.00 USD per hour is assumed.
    /// </summary>
    public GivenPriceOptions? Given { get; init; }

    /// <summary>The machine whose price is looked up.</summary>
    public RentedMachineOptions Rented { get; init; } = new();

    /// <summary>What an owned machine costs; needed with <see cref="PriceOrigin.Owned"/>.</summary>
    public OwnedMachineOptions? Owned { get; init; }

    /// <summary>
    /// Exchange rate of <see cref="Owned"/> and <see cref="Tariff"/>; <see langword="null"/>: they are in US dollars.
    /// </summary>
    public CurrencyRate? Rate { get; init; }

    /// <summary>Price of a kilowatt-hour in that currency; <see langword="null"/>: not known.</summary>
    public decimal? Tariff { get; init; }

    /// <summary>Power usage effectiveness: power of the site over power of its machines, 1 or more.</summary>
    public decimal Pue { get; init; } = 1;

    /// <summary>The user's price file, whose rows override the built-in ones; <see langword="null"/>: none.</summary>
    public string? UserFile { get; init; }

    /// <summary>Folder of the prices that a price service named; made when it is missing.</summary>
    public required string FetchedFolder { get; init; }

    /// <summary>Address of the price service; <c>http</c> or <c>https</c>.</summary>
    public Uri FeedAddress { get; init; } = AzureRetailPrices.PublicEndpoint;

    /// <summary>How often the price service is asked, above 0.</summary>
    public TimeSpan FeedInterval { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Address of the metadata service; <see langword="null"/>: the clouds' own.</summary>
    public Uri? MetadataAddress { get; init; }

    /// <summary>Price of electricity in US dollars per kilowatt-hour; <see langword="null"/>: not known.</summary>
    public decimal? UsdPerKwh => Tariff is { } tariff ? Rate?.ToUsd(tariff) ?? tariff : null;
}
