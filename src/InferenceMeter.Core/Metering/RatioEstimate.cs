namespace InferenceMeter.Metering;

/// <summary>
/// Throughput as a ratio of sums, images over seconds, with a 95 % confidence interval from group ("batch") means.
/// With g groups of y images in x seconds: R = sum(y) / sum(x), s^2 = sum((y - R x)^2) / (g - 1), SE(R) = s / (sqrt(g)
/// mean(x)),
/// interval R +- t(g - 1) SE(R). Sources: W. G. Cochran, Sampling Techniques, 3rd ed., section 6.4 (variance of a
/// ratio);
/// A. M. Law, Simulation Modeling and Analysis, section 9.5.3 (batch means and the regenerative method).
/// </summary>
internal static class RatioEstimate
{
    private const int MaxGroups = 12;

    /// <summary>Estimates from consecutive segments.</summary>
    /// <param name="segments">
    /// In order of time; neighbours are joined into at most 12 groups, because neighbours resemble each other.
    /// </param>
    /// <param name="busy">Over busy seconds instead of wall seconds.</param>
    /// <param name="minGroups">Fewer groups give no interval.</param>
    /// <returns><see langword="null"/> with too few groups, no images or no time.</returns>
    public static Estimate? Of(ReadOnlySpan<MeterSegment> segments, bool busy, int minGroups = 8)
    {
        if (segments.Length < Math.Max(2, minGroups))
            return null;
        var groups = Math.Min(MaxGroups, segments.Length);
        double images = 0,
            seconds = 0;
        Span<double> y = stackalloc double[MaxGroups];
        Span<double> x = stackalloc double[MaxGroups];
        y.Clear();
        x.Clear();
        for (var i = 0; i < segments.Length; i++)
        {
            var group = (int)((long)i * groups / segments.Length);
            var length = busy ? segments[i].BusySeconds : segments[i].WallSeconds;
            y[group] += segments[i].Images;
            x[group] += length;
            images += segments[i].Images;
            seconds += length;
        }

        if (images <= 0 || seconds <= 0)
            return null;
        var ratio = images / seconds;
        double squares = 0;
        for (var j = 0; j < groups; j++)
        {
            var residual = y[j] - ratio * x[j];
            squares += residual * residual;
        }

        var half = StudentT.Quantile975(groups - 1) * Math.Sqrt(squares / (groups - 1) / groups) / (seconds / groups);
        return new Estimate(ratio, Math.Max(0, ratio - half), ratio + half);
    }
}
