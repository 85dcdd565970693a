namespace InferenceMeter.Pricing;

/// <summary>
/// Money for one hour of the machine, with where it comes from and when it held; never a bare number.
/// </summary>
public sealed record Price
{
    /// <summary>The greatest price that is accepted, USD per hour.</summary>
    public const decimal MaxUsdPerHour = 1_000_000m;

    private readonly UsdPerMachineHour _perHour;
    private readonly UsdPerMachineHour? _perWorkingHour;

    /// <summary>US dollars for an hour of the machine, above 0 and at most <see cref="MaxUsdPerHour"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that range.</exception>
    public required UsdPerMachineHour PerHour
    {
        get => _perHour;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value.Usd, nameof(value));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Usd, MaxUsdPerHour, nameof(value));
            _perHour = value;
        }
    }

    /// <summary>
    /// US dollars for an hour in which the machine works: more than <see cref="PerHour"/> where such an hour has to pay
    /// for unused
    /// ones as well (an owned machine with a utilisation below 1). For the bases busy, capacity and slo; never for a
    /// bill.
    /// </summary>
    public UsdPerMachineHour PerWorkingHour
    {
        get => _perWorkingHour ?? _perHour;
        init => _perWorkingHour = value;
    }

    /// <summary>The same as a bare number, for documents and metrics.</summary>
    public decimal UsdPerHour => _perHour.Usd;

    /// <summary>Where it comes from: one of <see cref="PriceSource"/>; the metric label <c>price_source</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The day it held; the metric label <c>price_date</c>.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>
    /// What it is the price of, in the user's words: <c>g6.xlarge on demand, eu-west-1</c>. Never a metric label.
    /// </summary>
    public string? Note { get; init; }

    /// <summary>How it is bought; <see langword="null"/> when that was not said.</summary>
    public PurchaseOption? Purchase { get; init; }

    /// <summary>Cloud, as price files name it: <c>aws</c>, <c>azure</c>, <c>gcp</c>, ...</summary>
    public string? Cloud { get; init; }

    /// <summary>The cloud's name of the machine: <c>g6.xlarge</c>.</summary>
    public string? Instance { get; init; }

    /// <summary>The cloud's region.</summary>
    public string? Region { get; init; }

    /// <summary>GPUs that the price pays for; <see langword="null"/> when that was not said.</summary>
    public int? Gpus { get; init; }

    /// <summary>
    /// Virtual CPUs of the machine that it is the price of; <see langword="null"/> when that was not said.
    /// </summary>
    public int? Vcpus { get; init; }

    /// <summary>
    /// What it buys where that is no whole machine: <c>1 GPU (H100)</c>; <see langword="null"/> for a machine.
    /// </summary>
    public string? Buys { get; init; }

    /// <summary>Public page or file that the figure stands in.</summary>
    public string? SourceUrl { get; init; }

    /// <summary>The exchange rate that it went through; <see langword="null"/> when it was in US dollars.</summary>
    public CurrencyRate? Rate { get; init; }

    /// <summary>What it is made of, USD per hour, by name; empty when it was one figure.</summary>
    public IReadOnlyDictionary<string, decimal> Parts { get; init; } =
        new Dictionary<string, decimal>(StringComparer.Ordinal);

    /// <summary>The older of its date and its exchange rate's: what its age is reckoned from.</summary>
    public DateOnly OldestDate => Rate is { } rate && rate.AsOf < AsOf ? rate.AsOf : AsOf;

    /// <summary>Days since it held; the exchange rate's, when that is older. Never below 0.</summary>
    public int AgeDays(DateOnly today) => Math.Max(0, today.DayNumber - OldestDate.DayNumber);

    /// <summary>1.00 USD per hour: what is assumed until the user says what the machine costs.</summary>
    public static Price Assumed(DateOnly asOf) =>
        new()
        {
            PerHour = new UsdPerMachineHour(1.00m),
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

    /// <summary>Looked up in the price file by the machine's name.</summary>
    public const string Instance = "instance";

    /// <summary>Reckoned for a machine that is owned.</summary>
    public const string Owned = "owned";

    /// <summary>
    /// As <see cref="Instance"/>, the name told by the cloud; the price that comes of it is called <c>instance</c>.
    /// </summary>
    public const string Auto = "auto";

    /// <summary>From a cloud's public price service.</summary>
    public const string Feed = "feed";
}
