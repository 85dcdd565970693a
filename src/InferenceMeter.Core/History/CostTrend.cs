using InferenceMeter.Metering;
using MathNet.Numerics;
using MathNet.Numerics.LinearRegression;
using MathNet.Numerics.Statistics;

namespace InferenceMeter.History;

/// <summary>
/// How fast the cost of a billion images falls: a straight line, by least squares, through log2 of the cost over time
/// in months of
/// 30.44 days.
/// </summary>
public sealed record CostTrend
{
    private const double DaysPerMonth = 30.44;

    // Less than this over the whole span is rounding of the logarithms, not a trend.
    private const double Rounding = 1e-9;

    private CostTrend() { }

    /// <summary>How often the cost halves in a month; below 0 when it rises.</summary>
    public required double HalvingsPerMonth { get; init; }

    /// <summary>
    /// Lower end of the 95 % interval of <see cref="HalvingsPerMonth"/>; <see langword="null"/> under 3 runs.
    /// </summary>
    public double? Low { get; init; }

    /// <summary>Upper end of that interval.</summary>
    public double? High { get; init; }

    /// <summary>Months in which the cost halves; <see langword="null"/> when it does not fall.</summary>
    public double? HalvingMonths => HalvingsPerMonth > 0 ? 1 / HalvingsPerMonth : null;

    /// <summary>
    /// Whether the 95 % interval leaves out 0: that the cost falls, or rises, is more than the scatter of the runs.
    /// </summary>
    public bool Certain => Low > 0 || High < 0;

    /// <summary>Runs that the line goes through.</summary>
    public required int Runs { get; init; }

    /// <summary>The first of them.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The last of them.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>
    /// The trend through these runs, in any order; <see langword="null"/> with fewer than two, or with all of them
    /// within a day. Costs
    /// that are not above 0 are left out.
    /// </summary>
    public static CostTrend? Of(IReadOnlyList<(DateTimeOffset At, double UsdPerBillion)> runs)
    {
        var points = runs.Where(run => double.IsFinite(run.UsdPerBillion) && run.UsdPerBillion > 0).ToArray();
        if (points.Length < 2)
            return null;
        var (from, to) = (points.Min(point => point.At), points.Max(point => point.At));
        if (to - from <= TimeSpan.FromDays(1))
            return null;

        var months = Array.ConvertAll(points, point => (point.At - from).TotalDays / DaysPerMonth);
        var halvings = Array.ConvertAll(points, point => -Math.Log2(point.UsdPerBillion));
        var (intercept, slope) = SimpleRegression.Fit(months, halvings);
        if (Math.Abs(slope * months.Max()) < Rounding)
            slope = 0;

        var half = points.Length < 3 ? (double?)null : HalfInterval();
        return new CostTrend
        {
            HalvingsPerMonth = slope,
            Low = slope - half,
            High = slope + half,
            Runs = points.Length,
            From = from,
            To = to,
        };

        double HalfInterval()
        {
            var line = Array.ConvertAll(months, month => intercept + slope * month);
            var scatter = GoodnessOfFit.StandardError(line, halvings, degreesOfFreedom: 2);
            var spread = months.StandardDeviation() * Math.Sqrt(months.Length - 1);
            return StudentT.Quantile975(months.Length - 2) * scatter / spread;
        }
    }
}
