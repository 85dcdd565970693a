namespace InferenceMeter.Metering;

/// <summary>Decides from intervals whether throughput has settled, and whether it has moved. Pure.</summary>
internal static class Settling
{
    /// <summary>
    /// Settled: the 95 % interval is narrow, and the two halves differ by little, or by no more than noise explains.
    /// A steady slope can't pass as noise: over n groups it makes the halves differ by more than twice the standard
    /// error of that difference.
    /// </summary>
    /// <returns><see langword="null"/> when settled, else why not.</returns>
    public static string? WhyNot(ReadOnlySpan<MeterSegment> intervals, MeterOptions options)
    {
        if (RatioEstimate.Of(intervals, busy: false, options.MinGroups) is not { } rate)
            return $"{intervals.Length} of {options.MinGroups} observations needed";
        if (rate.RelativeHalfWidth > options.SteadyHalfWidth)
            return $"the 95 % interval is +-{rate.RelativeHalfWidth:P0} wide";
        var middle = intervals.Length / 2;
        var difference = Rate(intervals[middle..]) / Rate(intervals[..middle]) - 1;

        // Each half has twice the variance of the whole, their difference four times; half-widths are about 2 standard
        // errors.
        var allowed = Math.Clamp(2 * rate.RelativeHalfWidth, options.SteadyDrift, options.UnstableDrift);
        return Math.Abs(difference) <= allowed ? null : $"throughput still moves ({difference:+0%;-0%})";
    }

    /// <summary>
    /// Moved: the recent rate departs from the one before by more than the limit and by more than noise explains.
    /// </summary>
    /// <returns><see langword="null"/> when it has not moved, else by how much.</returns>
    public static string? Moved(Estimate recent, Estimate before, MeterOptions options)
    {
        var difference = recent.Value / before.Value - 1;
        var noise = Math.Sqrt(Square(recent.High - recent.Low) + Square(before.High - before.Low)) / 2 / before.Value;
        return Math.Abs(difference) > Math.Max(options.UnstableDrift, 1.5 * noise)
            ? $"the last 10 s ran {difference:+0%;-0%} against the time before"
            : null;
    }

    private static double Rate(ReadOnlySpan<MeterSegment> intervals)
    {
        double images = 0,
            seconds = 0;
        foreach (var interval in intervals)
        {
            images += interval.Images;
            seconds += interval.WallSeconds;
        }

        return images / seconds;
    }

    private static double Square(double value) => value * value;
}
