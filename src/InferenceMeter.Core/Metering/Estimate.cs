namespace InferenceMeter.Metering;

/// <summary>
/// A figure with its 95 % confidence interval, all in the same unit: <c>Low &lt;= Value &lt;= High</c>.
/// </summary>
/// <param name="Value">The estimate.</param>
/// <param name="Low">Lower bound, never below 0.</param>
/// <param name="High">Upper bound.</param>
public readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>
    /// Half the interval's width over the value: 0.02 reads "within 2 %". Infinite when the value is 0.
    /// </summary>
    public double RelativeHalfWidth => Value > 0 ? (High - Low) / 2 / Value : double.PositiveInfinity;
}
