namespace InferenceMeter.Comparison;

/// <summary>How many times as dear one run is as another, with its 95 % interval.</summary>
/// <param name="Ratio">Above 1 when it is dearer.</param>
/// <param name="Low">Lower bound; 0 when there is none.</param>
/// <param name="High">Upper bound; <see langword="null"/> when there is none.</param>
public sealed record CostRatio(double Ratio, double Low, double? High)
{
    /// <summary>The interval leaves out 1: more than noise explains.</summary>
    public bool LargerThanNoise => Low > 1 || High < 1;

    /// <summary>Both at once.</summary>
    public static CostRatio One { get; } = new(1, 1, 1);

    /// <summary>
    /// Two independent measurements: the half-widths of their logarithms add as squares (the delta method for a ratio;
    /// G. Casella and R. L. Berger, Statistical Inference, 2nd ed., section 5.5.4).
    /// </summary>
    public static CostRatio Of(double ratio, double logHalfWidth, double otherLogHalfWidth)
    {
        var half = Math.Sqrt((logHalfWidth * logHalfWidth) + (otherLogHalfWidth * otherLogHalfWidth));
        return double.IsFinite(half)
            ? new CostRatio(ratio, ratio * Math.Exp(-half), ratio * Math.Exp(half))
            : new CostRatio(ratio, 0, null);
    }

    /// <summary>Of one cost over another.</summary>
    public static CostRatio Of(ComparedCost cost, ComparedCost other)
    {
        ArgumentNullException.ThrowIfNull(cost);
        ArgumentNullException.ThrowIfNull(other);
        return Of(cost.Value / other.Value, cost.LogHalfWidth, other.LogHalfWidth);
    }
}
