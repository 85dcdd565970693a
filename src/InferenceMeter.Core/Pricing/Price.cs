namespace InferenceMeter.Pricing;

/// <summary>Money for one hour of the machine, with where it comes from and when it held; never a bare number.</summary>
public sealed record Price
{
    /// <summary>The greatest price that is accepted, USD per hour.</summary>
    public const decimal MaxUsdPerHour = 1_000_000m;

    private readonly decimal _usdPerHour;

    /// <summary>US dollars per hour, above 0 and at most <see cref="MaxUsdPerHour"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    public required decimal UsdPerHour
    {
        get => _usdPerHour;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxUsdPerHour);
            _usdPerHour = value;
        }
    }

    /// <summary>Where it comes from: one of <see cref="PriceSource"/>; the metric label <c>price_source</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The day it held; the metric label <c>price_date</c>.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>What it is the price of, in the user's words: <c>g6.xlarge on demand, eu-west-1</c>. Never a metric label.</summary>
    public string? Note { get; init; }

    /// <summary>1.00 USD per hour: what is assumed until the user says what the machine costs.</summary>
    public static Price Assumed(DateOnly asOf) => new()
    {
        UsdPerHour = 1.00m,
        Source = PriceSource.Assumed,
        AsOf = asOf,
        Note = "no price was given: every cost shown is for 1.00 USD per hour",
    };
}

/// <summary>The values of <see cref="Price.Source"/>.</summary>
public static class PriceSource
{
    /// <summary>Nobody gave a price.</summary>
    public const string Assumed = "assumed";

    /// <summary>From the configuration or the command line.</summary>
    public const string Fixed = "fixed";

    /// <summary>Set over the API while running.</summary>
    public const string Api = "api";
}
