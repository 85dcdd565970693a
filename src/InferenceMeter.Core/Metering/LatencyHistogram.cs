namespace InferenceMeter.Metering;

/// <summary>
/// Counts durations in log-linear buckets, after the idea of Gil Tene's HdrHistogram: 64 equal steps in each power of
/// two of microseconds,
/// so any percentile is known to within 1 % with fixed memory (about 15 KiB). Recording is lock-free and allocates
/// nothing.
/// </summary>
public sealed class LatencyHistogram
{
    private const int StepBits = 6;
    private const int Steps = 1 << StepBits;

    // Values in units of 1/64 us, so that 1 us has all its 64 steps: 1 us = 2^6, 1000 s < 2^36.
    private const double UnitsPerSecond = 64e6;
    private const long MaxUnits = 64_000_000_000;
    private static readonly int Buckets = Index(MaxUnits) + 1;

    private readonly long[] _counts = new long[Buckets];

    /// <summary>Durations recorded.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            for (var i = 0; i < _counts.Length; i++)
                count += Interlocked.Read(ref _counts[i]);
            return count;
        }
    }

    /// <summary>
    /// Counts one duration in seconds; below 1 us counts as 1 us, above 1000 s (or not a number) as 1000 s.
    /// </summary>
    public void Record(double seconds)
    {
        var units = seconds >= 1e-6 ? seconds * UnitsPerSecond : Steps;
        Interlocked.Increment(ref _counts[Index(seconds < 1000 ? (long)units : MaxUnits)]);
    }

    /// <summary>The duration in seconds that a share of all recorded ones does not exceed (nearest rank).</summary>
    /// <param name="share">0..1: 0.99 for p99.</param>
    /// <returns>The middle of its bucket; <see langword="null"/> when nothing was recorded.</returns>
    public double? Percentile(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        var counts = Copy(out var total);
        return total == 0 ? null : Percentile(counts, total, share);
    }

    /// <summary>p50 to p99.9 of one consistent copy; <see langword="null"/> when nothing was recorded.</summary>
    public LatencyPercentiles? Percentiles()
    {
        var counts = Copy(out var total);
        if (total == 0)
            return null;
        return new LatencyPercentiles
        {
            Count = total,
            P50 = Percentile(counts, total, 0.50),
            P90 = Percentile(counts, total, 0.90),
            P95 = Percentile(counts, total, 0.95),
            P99 = Percentile(counts, total, 0.99),
            P999 = Percentile(counts, total, 0.999),
        };
    }

    private static double Percentile(long[] counts, long total, double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * total));
        long seen = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            seen += counts[i];
            if (seen >= rank)
                return Middle(i);
        }

        return Middle(counts.Length - 1);
    }

    private long[] Copy(out long total)
    {
        var counts = new long[Buckets];
        total = 0;
        for (var i = 0; i < counts.Length; i++)
            total += counts[i] = Interlocked.Read(ref _counts[i]);
        return counts;
    }

    // Below 2^(StepBits+1) units nothing is recorded except 64..127: octave 0.
    private static int Index(long units)
    {
        var octave = 63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)units) - StepBits;
        return octave * Steps + (int)(units >> octave) - Steps;
    }

    private static double Middle(int index)
    {
        var (octave, step) = (index / Steps, index % Steps);
        var low = (double)(Steps + step) * (1L << octave);
        return (low + (1L << octave) / 2.0) / UnitsPerSecond;
    }
}
