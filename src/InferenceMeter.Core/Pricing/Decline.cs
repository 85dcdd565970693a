namespace InferenceMeter.Pricing;

/// <summary>
/// How much of a falling cost was efficiency and how much was price: cost is price over throughput, so the two factors
/// multiply to
/// the whole.
/// </summary>
public sealed record Decline
{
    /// <summary>How many times cheaper; below 1 it is dearer.</summary>
    public required double TimesCheaper { get; init; }

    /// <summary>How many times more images a second: what the decline would be at constant prices.</summary>
    public required double Efficiency { get; init; }

    /// <summary>How many times cheaper an hour is; below 1 the price rose.</summary>
    public double Price => TimesCheaper / Efficiency;

    /// <summary>Cost at the earlier one's price, USD per billion images.</summary>
    public required double UsdPerBillionAtConstantPrice { get; init; }

    /// <summary>Months in which the cost halved; <see langword="null"/> when it did not fall.</summary>
    public required double? HalvingMonths { get; init; }

    /// <summary>Months in which it would have halved at constant prices.</summary>
    public required double? HalvingMonthsAtConstantPrice { get; init; }

    /// <summary>From one reference to a later one.</summary>
    /// <returns>
    /// <see langword="null"/> unless both have a cost and a throughput and the second is the later one.
    /// </returns>
    public static Decline? Between(Reference from, Reference to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        if (
            from is not { UsdPerBillion: { } before, Rate: { } slower }
            || to is not { UsdPerBillion: { } after, Rate: { } faster }
        )
            return null;
        var months = (to.CostYear - from.CostYear) * 12;
        if (months <= 0)
            return null;
        var (cheaper, efficiency) = ((double)(before / after), faster / slower);
        return new Decline
        {
            TimesCheaper = cheaper,
            Efficiency = efficiency,
            UsdPerBillionAtConstantPrice = (double)before / efficiency,
            HalvingMonths = Halving(cheaper),
            HalvingMonthsAtConstantPrice = Halving(efficiency),
        };

        double? Halving(double times) => times > 1 ? months / Math.Log2(times) : null;
    }
}
