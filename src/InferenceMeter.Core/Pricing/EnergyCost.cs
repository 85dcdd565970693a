namespace InferenceMeter.Pricing;

/// <summary>Energy of the images of a span, from hardware counters.</summary>
/// <param name="Joules">Used by the devices that have a counter.</param>
/// <param name="Images">Classified in the same span, above 0.</param>
/// <param name="Seconds">Its length.</param>
public sealed record EnergyCost(double Joules, long Images, double Seconds)
{
    private const decimal JoulesPerKwh = 3_600_000m;

    /// <summary>Joules for an image.</summary>
    public double JoulesPerImage => Joules / Images;

    /// <summary>Mean power, watts.</summary>
    public double Watts => Joules / Seconds;

    /// <summary>
    /// Electricity for a billion images, US dollars: a part of a cloud's price, and one of the parts of an owned
    /// machine's.
    /// </summary>
    /// <param name="usdPerKwh">Tariff.</param>
    /// <param name="pue">What the site draws for each watt of the devices, at least 1.</param>
    public decimal UsdPerBillion(decimal usdPerKwh, decimal pue) =>
        (decimal)(JoulesPerImage * 1e9) / JoulesPerKwh * usdPerKwh * pue;
}
