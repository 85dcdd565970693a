namespace InferenceMeter.Pricing;

/// <summary>Where a cost would be if it had fallen at a trend's rate from an anchor on.</summary>
public static class TrendLine
{
    private const double MonthsPerYear = 12;

    /// <summary>USD per billion at a time: the anchor's cost, halved every <see cref="Trend.HalvingMonths"/>.</summary>
    /// <param name="trend">The rate.</param>
    /// <param name="anchor">A reference with a cost.</param>
    /// <param name="year">As a decimal year.</param>
    public static double At(Trend trend, Reference anchor, double year)
    {
        ArgumentNullException.ThrowIfNull(trend);
        ArgumentNullException.ThrowIfNull(anchor);
        var start = anchor.UsdPerBillion ?? throw new ArgumentException($"{anchor.Id} has no cost", nameof(anchor));
        return (double)start * Math.Pow(2, -(year - anchor.CostYear) * MonthsPerYear / trend.HalvingMonths);
    }

    /// <summary>A moment as a decimal year: 2017-07-02 is about 2017.5.</summary>
    public static double DecimalYear(DateTimeOffset at)
    {
        var utc = at.UtcDateTime;
        var start = new DateTime(utc.Year, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        return utc.Year + ((utc - start) / (start.AddYears(1) - start));
    }
}
