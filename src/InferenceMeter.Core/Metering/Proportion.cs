namespace InferenceMeter.Metering;

/// <summary>
/// How many of so many, with the 95 % interval of the share behind it (E. B. Wilson, 1927: also right near 0 and 1, and
/// for few).
/// </summary>
/// <param name="Count">Of them, from 0 to <paramref name="Total"/>.</param>
/// <param name="Total">All; may be 0.</param>
public readonly record struct Proportion(long Count, long Total)
{
    // The normal distribution's 97.5 % quantile.
    private const double Z = 1.959963984540054;

    /// <summary>From 0 to 1; 0 of nothing.</summary>
    public double Share => Total > 0 ? (double)Count / Total : 0;

    /// <summary>Lower end of the interval.</summary>
    public double Low => Total > 0 ? Math.Max(0, Middle - Half) : 0;

    /// <summary>Upper end of the interval; 1 of nothing.</summary>
    public double High => Total > 0 ? Math.Min(1, Middle + Half) : 1;

    private double Weight => 1 + (Z * Z / Total);

    private double Middle => (Share + (Z * Z / (2 * Total))) / Weight;

    private double Half => Z / Weight * Math.Sqrt((Share * (1 - Share) / Total) + (Z * Z / (4.0 * Total * Total)));
}
