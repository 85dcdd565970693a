namespace InferenceMeter.LoadTesting;

/// <summary>
/// Whether the percentile of a latency is shown by so many queries, as LoadGen's early stopping has it: had one more
/// than the allowed share
/// been late in truth, so few late ones would be seen with a probability of at most 1 - confidence
/// (https://github.com/mlcommons/inference/blob/master/loadgen/early_stopping.cc).
/// </summary>
public static class EarlyStopping
{
    /// <summary>LoadGen's.</summary>
    public const double Confidence = 0.99;

    /// <summary>Whether the bound is shown to hold.</summary>
    /// <param name="queries">All of them.</param>
    /// <param name="late">Those over the bound, and those without an answer.</param>
    /// <param name="percentile">Share that must be within it, 0 to 1.</param>
    public static bool Passes(long queries, long late, double percentile) =>
        late < queries && LogCumulative(queries, late, 1 - percentile) <= Math.Log(1 - Confidence);

    /// <summary>Fewest queries that show it.</summary>
    /// <param name="late">Of them.</param>
    /// <param name="percentile">Share that must be within the bound.</param>
    public static long QueriesNeeded(long late, double percentile)
    {
        var (low, high) = (late, Math.Max(64, 2 * late));
        while (!Passes(high, late, percentile))
            (low, high) = (high, high * 2);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (Passes(middle, late, percentile))
                high = middle;
            else
                low = middle;
        }

        return high;
    }

    /// <summary>How many of so many may be late; -1 when they are too few for any.</summary>
    public static long LateAllowed(long queries, double percentile)
    {
        if (!Passes(queries, 0, percentile))
            return -1;
        var (low, high) = (0L, queries);
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (Passes(queries, middle, percentile))
                low = middle;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>
    /// Logarithm of the probability of at most <paramref name="late"/> of <paramref name="queries"/> when each is late
    /// with <paramref name="share"/>.
    /// </summary>
    private static double LogCumulative(long queries, long late, double share)
    {
        // From the most probable of them downwards; what is far below it adds nothing.
        var top = Math.Min(late, (long)(queries * share));
        var sum = 0.0;
        var most = LogProbability(queries, top, share);
        for (var k = top; k >= 0; k--)
        {
            var term = Math.Exp(LogProbability(queries, k, share) - most);
            sum += term;
            if (term < 1e-18 * sum)
                break;
        }

        for (var k = top + 1; k <= late; k++)
        {
            var term = Math.Exp(LogProbability(queries, k, share) - most);
            sum += term;
            if (term < 1e-18 * sum)
                break;
        }

        return most + Math.Log(sum);
    }

    private static double LogProbability(long n, long k, double share) =>
        LogFactorial(n)
        - LogFactorial(k)
        - LogFactorial(n - k)
        + (k * Math.Log(share))
        + ((n - k) * Math.Log(1 - share));

    /// <summary>Stirling's series, exact to 1e-12 from 16 on; a product below.</summary>
    private static double LogFactorial(long n)
    {
        if (n < 16)
        {
            var product = 1.0;
            for (var i = 2; i <= n; i++)
                product *= i;
            return Math.Log(product);
        }

        double x = n + 1,
            inverse = 1 / x,
            square = inverse * inverse;
        return ((x - 0.5) * Math.Log(x))
            - x
            + (0.5 * Math.Log(2 * Math.PI))
            + (inverse * (1.0 / 12 - (square * (1.0 / 360 - (square * (1.0 / 1260 - (square / 1680)))))));
    }
}
