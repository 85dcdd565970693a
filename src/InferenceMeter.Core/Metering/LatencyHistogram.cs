using HdrHistogram;

namespace InferenceMeter.Metering;

/// <summary>
/// Counts durations from 1 us to 1000 s, so that any percentile is known to within 1 % with fixed memory (about
/// 32 KiB). Recording takes no lock and allocates nothing.
/// </summary>
public sealed class LatencyHistogram
{
    // Of 10 ns: in steps of a whole microsecond the shortest durations would be known to within 50 % only.
    private const double UnitsPerSecond = 1e8;
    private const double MinSeconds = 1e-6;
    private const double MaxSeconds = 1000;
    private const long MaxUnits = (long)(MaxSeconds * UnitsPerSecond);
    private const int SignificantDigits = 2;

    private readonly LongConcurrentHistogram _counts = new(1, MaxUnits, SignificantDigits);

    /// <summary>
    /// Counts one duration in seconds; below 1 us counts as 1 us, above 1000 s (or not a number) as 1000 s.
    /// </summary>
    public void Record(double seconds)
    {
        var kept = seconds < MaxSeconds ? Math.Max(seconds, MinSeconds) : MaxSeconds;
        _counts.RecordValue((long)(kept * UnitsPerSecond + 0.5));
    }

    /// <summary>
    /// p50 to p99.9 of one consistent copy, by nearest rank; <see langword="null"/> when nothing was recorded.
    /// </summary>
    public LatencyPercentiles? Percentiles()
    {
        var copy = Copy();
        if (copy.TotalCount == 0)
            return null;
        return new LatencyPercentiles
        {
            Count = copy.TotalCount,
            P50 = Percentile(copy, 0.50),
            P90 = Percentile(copy, 0.90),
            P95 = Percentile(copy, 0.95),
            P99 = Percentile(copy, 0.99),
            P999 = Percentile(copy, 0.999),
        };
    }

    /// <summary>
    /// The middle of the bucket in which the nearest rank lies. (The library's own percentile rounds the rank to the
    /// nearest whole number instead of up, and returns the end of the bucket.)
    /// </summary>
    /// <param name="share">From 0 to 1: 0.99 for p99.</param>
    private static double Percentile(LongHistogram counts, double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * counts.TotalCount));
        var value = counts.RecordedValues().First(step => step.TotalCountToThisValue >= rank).ValueIteratedTo;
        return counts.MedianEquivalentValue(value) / UnitsPerSecond;
    }

    /// <summary>Recording goes on meanwhile; the total of a copy is the sum of the counts that were copied.</summary>
    private LongHistogram Copy()
    {
        var copy = new LongHistogram(1, MaxUnits, SignificantDigits);
        copy.Add(_counts);
        return copy;
    }
}
