using InferenceMeter.Pricing;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Composition;

/// <summary>What a machine costs, where that comes from, and what was spent.</summary>
internal sealed class MoneyParts : IDisposable
{
    /// <summary>Asks for the price: it is paid from now on.</summary>
    /// <param name="settings">Valid settings.</param>
    /// <param name="sensors">Of the devices that are paid for.</param>
    /// <param name="imagesOk">Images classified so far.</param>
    /// <param name="time">Clock.</param>
    /// <exception cref="PriceException">The price cannot be had.</exception>
    public MoneyParts(MeterSettings settings, DeviceSensors sensors, Func<long> imagesOk, TimeProvider time)
    {
        var source = PriceSetup.Source(settings, sensors.Gpus, sensors.Joules, time);
        Prices = new PriceTimeline(time, source.ReadAsync(CancellationToken.None).GetAwaiter().GetResult());
        Keeper = new PriceKeeper(source, Prices, time);
        Spent = new SpentCounter(Prices, time);
        UsdPerKwh = PriceSetup.UsdPerKwh(settings, time);
        Energy = new EnergyLog(time, sensors.Joules, imagesOk);
    }

    public PriceTimeline Prices { get; }

    public PriceKeeper Keeper { get; }

    public SpentCounter Spent { get; }

    /// <summary>Price of electricity, US dollars a kilowatt-hour; <see langword="null"/> when none was given.</summary>
    public decimal? UsdPerKwh { get; }

    /// <summary>Energy of the images of late.</summary>
    public EnergyLog Energy { get; }

    public void Dispose() => Keeper.Dispose();
}
