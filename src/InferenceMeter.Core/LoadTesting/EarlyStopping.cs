using MathNet.Numerics;

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
        late < queries && ProbabilityOfAtMost(late, queries, percentile) <= 1 - Confidence;

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

    /// <summary>The binomial distribution as an incomplete beta function: no sum over the late ones.</summary>
    private static double ProbabilityOfAtMost(long late, long queries, double percentile) =>
        SpecialFunctions.BetaRegularized(queries - late, late + 1, percentile);
}
