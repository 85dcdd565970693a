using InferenceMeter.Pricing;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Composition;

/// <summary>What the machine costs, where that comes from, and what was spent.</summary>
internal sealed class MachineCost : IDisposable
{
    private readonly PriceSources _sources;

    private MachineCost(
        MachineCostOptions options,
        PriceSources sources,
        IPriceSource source,
        Price price,
        EnergyLog energy,
        TimeProvider time
    )
    {
        Options = options;
        _sources = sources;
        Prices = new PriceTimeline(time, price);
        Refresher = new PriceRefresher(source, Prices, time);
        Spent = new SpentCounter(Prices, time);
        Energy = energy;
    }

    public MachineCostOptions Options { get; }

    public PriceTimeline Prices { get; }

    public PriceRefresher Refresher { get; }

    public SpentCounter Spent { get; }

    /// <summary>
    /// Price of electricity in US dollars per kilowatt-hour; <see langword="null"/> when none was given.
    /// </summary>
    public decimal? UsdPerKwh => Options.UsdPerKwh;

    /// <summary>Energy of the latest images.</summary>
    public EnergyLog Energy { get; }

    /// <summary>Asks for the price: it is paid from now on.</summary>
    /// <param name="options">Where the price comes from.</param>
    /// <param name="sensors">Of the devices that are paid for.</param>
    /// <param name="imagesOk">Images classified so far.</param>
    /// <param name="time">Clock.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PriceException">The price cannot be had.</exception>
    public static async Task<MachineCost> OpenAsync(
        MachineCostOptions options,
        DeviceSensors sensors,
        Func<long> imagesOk,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var sources = new PriceSources(options.Price, time);
        try
        {
            var source = sources.Open(sensors.Gpus, sensors.Joules);
            var price = await source.ReadAsync(cancellation);
            var energy = new EnergyLog(time, sensors.Joules, imagesOk);
            return new MachineCost(options, sources, source, price, energy, time);
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Cost of the electricity in US dollars per billion images; <see langword="null"/> without a tariff.
    /// </summary>
    public decimal? ElectricityUsdPerBillion(EnergyCost energy) =>
        UsdPerKwh is { } tariff ? energy.UsdPerBillion(tariff, Options.Pue) : null;

    public void Dispose()
    {
        Refresher.Dispose();
        _sources.Dispose();
    }
}
