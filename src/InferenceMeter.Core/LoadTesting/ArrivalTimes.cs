namespace InferenceMeter.LoadTesting;

/// <summary>
/// Instants of a Poisson process, whose gaps are exponential and know nothing of each other; the same for the same
/// seed.
/// </summary>
public static class ArrivalTimes
{
    /// <summary>Arrivals at a constant rate, without end.</summary>
    /// <param name="perSecond">Mean, above 0.</param>
    /// <param name="seed">Of the generator.</param>
    /// <returns>Seconds from the start, ascending.</returns>
    public static IEnumerable<double> Poisson(double perSecond, int seed)
    {
        var random = new Random(seed);
        for (var at = Gap(random) / perSecond; ; at += Gap(random) / perSecond)
            yield return at;
    }

    /// <summary>
    /// Arrivals at a rate that grows evenly: those of a process of rate 1 are put where the expected number of arrivals
    /// is theirs.
    /// </summary>
    /// <param name="from">Per second, at the start.</param>
    /// <param name="to">Per second, at the end.</param>
    /// <param name="seconds">Between both.</param>
    /// <param name="seed">Of the generator.</param>
    /// <returns>Seconds from the start, ascending, up to the end.</returns>
    public static IEnumerable<double> Ramp(double from, double to, double seconds, int seed)
    {
        var slope = (to - from) / seconds;
        foreach (var expected in Poisson(1, seed))
        {
            // from t + slope t^2 / 2 = expected
            var root = (from * from) + (2 * slope * expected);
            if (root < 0)
                yield break;
            var at = Math.Abs(slope) < 1e-12 ? expected / from : (Math.Sqrt(root) - from) / slope;
            if (at >= seconds)
                yield break;
            yield return at;
        }
    }

    private static double Gap(Random random) => -Math.Log(1 - random.NextDouble());
}
