namespace InferenceMeter.Tests.Metering;

/// <summary>Seeded random figures: the same in every run of the tests.</summary>
internal sealed class Noise(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>Normal with mean 0 and deviation 1.</summary>
    public double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    /// <summary>Log-normal with mean 1; <paramref name="spread"/> is the deviation of its logarithm.</summary>
    public double Factor(double spread) => Math.Exp(spread * Normal() - spread * spread / 2);

    public double Uniform(double low, double high) => low + (high - low) * _random.NextDouble();
}
