using MathNet.Numerics.Statistics;

namespace InferenceMeter.Metering;

/// <summary>
/// How many times faster A is than B, from segments measured in turns (A B A B ...), so that what slows the machine for
/// a while slows both.
/// The mean of the log ratios with Student's t interval, transformed back.
/// Why pairs and ratios: T. Kalibera and R. Jones, "Rigorous benchmarking in reasonable time", ISMM 2013.
/// </summary>
/// <param name="Ratio">A over B with its 95 % interval.</param>
/// <param name="Pairs">Pairs it is made of.</param>
public sealed record PairedRatio(Estimate Ratio, int Pairs)
{
    /// <summary>Estimates from pairs of throughputs, each above 0.</summary>
    /// <returns><see langword="null"/> with fewer than 3 pairs.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A throughput is not a positive finite number.</exception>
    public static PairedRatio? Of(IReadOnlyList<(double A, double B)> pairs)
    {
        foreach (var (a, b) in pairs)
        {
            if (!(a > 0 && b > 0 && double.IsFinite(a) && double.IsFinite(b)))
                throw new ArgumentOutOfRangeException(nameof(pairs), "a throughput must be a positive finite number");
        }

        if (pairs.Count < 3)
            return null;
        var logs = pairs.Select(pair => Math.Log(pair.A / pair.B)).ToArray();
        var (mean, deviation) = logs.MeanStandardDeviation();
        var half = StudentT.Quantile975(logs.Length - 1) * deviation / Math.Sqrt(logs.Length);
        return new PairedRatio(new Estimate(Math.Exp(mean), Math.Exp(mean - half), Math.Exp(mean + half)), logs.Length);
    }
}
