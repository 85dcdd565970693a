using System.ComponentModel.DataAnnotations;

namespace InferenceMeter.Settings;

internal sealed record PricingSettings
{
    [
        Setting(
            "--price-source",
            "fixed: what you give; instance: by the machine's name in the price file; auto: as instance, "
                + "named by the cloud's metadata service; feed: Azure's public price service; owned: reckoned "
                + "from what you paid; default: fixed with a price, else 1.00 USD/hour, assumed",
            Commands = CommandScopes.All,
            Value = "NAME"
        ),
        AllowedValues("fixed", "instance", "auto", "feed", "owned")
    ]
    public string? Source { get; init; }

    [
        Setting(
            "--usd-per-hour",
            "price of this machine in US dollars per hour; default: 1.00, assumed",
            Commands = CommandScopes.All,
            Value = "USD"
        ),
        PositiveAmount
    ]
    public decimal? UsdPerHour { get; init; }

    [Setting(
        "--price",
        "price with its unit: 2.49/hour, 1450EUR/month, 1.99USD/gpu-hour, 900/gpu-month",
        Commands = CommandScopes.All,
        Value = "PRICE"
    )]
    public string? Price { get; init; }

    [
        Setting(
            "--gpus-paid",
            "GPUs that a price per GPU is paid for; default: those that are used, with instance as many as its row has",
            Commands = CommandScopes.All
        ),
        Range(1, 1024)
    ]
    public int? GpusPaid { get; init; }

    [Setting(
        "--price-date",
        "the day your price held, as 2026-11-23; default: today",
        Commands = CommandScopes.All,
        Value = "DATE"
    )]
    public DateOnly? AsOf { get; init; }

    [
        Setting("--max-price-age", "days after which a price is flagged as stale", Commands = CommandScopes.All),
        Range(1, 3650)
    ]
    public int MaxAgeDays { get; init; } = 90;

    [Setting(
        "--cloud",
        "with instance or feed: aws, azure, gcp, or a GPU cloud of the price file; default: any that has the instance",
        Commands = CommandScopes.All,
        Value = "NAME"
    )]
    public string? Cloud { get; init; }

    [Setting(
        "--instance",
        "with instance or feed: the cloud's name of the machine, such as g6.xlarge",
        Commands = CommandScopes.All,
        Value = "NAME"
    )]
    public string? Instance { get; init; }

    [Setting(
        "--region",
        "with instance or feed: the cloud's region, such as us-east-1",
        Commands = CommandScopes.All,
        Value = "NAME"
    )]
    public string? Region { get; init; }

    [
        Setting(
            "--purchase",
            "with instance, feed or auto: how it is bought; default: on_demand, with auto what the cloud says",
            Commands = CommandScopes.All,
            Value = "NAME"
        ),
        AllowedValues("on_demand", "spot", "reserved_1y", "reserved_3y")
    ]
    public string? Purchase { get; init; }

    [Setting(
        "--user-prices",
        "prices of your own (CSV or JSON) that come before those of the price file; default: "
            + "UserPrices.csv or UserPrices.json in this folder",
        Commands = CommandScopes.All,
        Value = "FILE"
    )]
    public string? UserPrices { get; init; }

    [
        Setting(
            "--currency",
            "of the amounts you give, an ISO 4217 code; any but USD needs --exchange-rate",
            Commands = CommandScopes.All,
            Value = "CODE"
        ),
        RegularExpression("[A-Za-z]{3}")
    ]
    public string Currency { get; init; } = "USD";

    [
        Setting(
            "--exchange-rate",
            "US dollars for one unit of that currency",
            Commands = CommandScopes.All,
            Value = "USD"
        ),
        PositiveAmount
    ]
    public decimal? ExchangeRate { get; init; }

    [Setting(
        "--exchange-rate-date",
        "the day that rate held; default: today",
        Commands = CommandScopes.All,
        Value = "DATE"
    )]
    public DateOnly? ExchangeRateDate { get; init; }

    [
        Setting(
            "--tariff",
            "price of a kilowatt-hour: shows the electricity in the cost, and is part of an owned machine's",
            Commands = CommandScopes.All,
            Value = "AMOUNT"
        ),
        Range(typeof(decimal), "0", "1000")
    ]
    public decimal? Tariff { get; init; }

    [
        Setting(
            "--pue",
            "power usage effectiveness: what the site draws for each watt of the machine",
            Commands = CommandScopes.All,
            Value = "RATIO"
        ),
        Range(typeof(decimal), "1", "10")
    ]
    public decimal Pue { get; init; } = 1;

    [Setting("--feed-url", "address of the price service", Commands = CommandScopes.All, Value = "URL")]
    public string FeedUrl { get; init; } = "https://prices.azure.com/api/retail/prices";

    [
        Setting("--feed-hours", "hours after which the price service is asked again", Commands = CommandScopes.All),
        Range(1, 8760)
    ]
    public int FeedHours { get; init; } = 24;

    [Setting(
        "--metadata-url",
        "with auto: address of the metadata service, in place of the clouds' own",
        Commands = CommandScopes.All,
        Value = "URL"
    )]
    public string? MetadataUrl { get; init; }
}

/// <summary>What an owned machine costs; amounts are in <see cref="PricingSettings.Currency"/>.</summary>
internal sealed record OwnedSettings
{
    [
        Setting("--purchase-price", "with owned: paid for the machine", Commands = CommandScopes.All, Value = "AMOUNT"),
        Amount
    ]
    public decimal? PurchasePrice { get; init; }

    [
        Setting(
            "--life-years",
            "with owned: years over which it is written off",
            Commands = CommandScopes.All,
            Value = "YEARS"
        ),
        Range(typeof(decimal), "0.1", "50")
    ]
    public decimal LifeYears { get; init; } = 4;

    [
        Setting(
            "--utilization",
            "with owned: share of all hours in which it does work; busy, capacity and slo pay for the "
                + "others, wall does not",
            Commands = CommandScopes.All,
            Value = "SHARE"
        ),
        Range(typeof(decimal), "0.001", "1")
    ]
    public decimal Utilization { get; init; } = 1;

    [
        Setting(
            "--watts",
            "with owned: rated power of the machine while it works; default: measured by its energy counters",
            Commands = CommandScopes.All
        ),
        Watts
    ]
    public int? Watts { get; init; }

    [
        Setting(
            "--idle-watts",
            "with owned and --watts: power while it does nothing, in the hours that --utilization leaves; "
                + "default: as --watts",
            Commands = CommandScopes.All
        ),
        Watts
    ]
    public int? IdleWatts { get; init; }

    [
        Setting(
            "--capital-cost",
            "with owned: what the money in it costs in a year, as a share such as 0.08",
            Commands = CommandScopes.All,
            Value = "SHARE"
        ),
        Range(typeof(decimal), "0", "1")
    ]
    public decimal CapitalCost { get; init; }

    [
        Setting(
            "--residual-value",
            "with owned: what it is sold for after its life",
            Commands = CommandScopes.All,
            Value = "AMOUNT"
        ),
        Amount
    ]
    public decimal ResidualValue { get; init; }

    [
        Setting(
            "--overhead-per-month",
            "with owned: rent, space, staff, network",
            Commands = CommandScopes.All,
            Value = "AMOUNT"
        ),
        Amount
    ]
    public decimal OverheadPerMonth { get; init; }
}
