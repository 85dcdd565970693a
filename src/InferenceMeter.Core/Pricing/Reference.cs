namespace InferenceMeter.Pricing;

/// <summary>A dated published figure that a measured cost is compared with.</summary>
public sealed record Reference
{
    /// <summary>The metric label <c>reference</c>: <c>dawnbench-2019-10-t4</c>.</summary>
    public required string Id { get; init; }

    /// <summary>When it was published, as a decimal year.</summary>
    public required double Year { get; init; }

    /// <summary><c>claim</c>, <c>record</c> (a published cost), <c>derived</c> (published throughput at a stated price) or <c>floor</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Name for people.</summary>
    public required string Label { get; init; }

    /// <summary>Where the figure is from.</summary>
    public required string Source { get; init; }

    /// <summary>What is known about its truth: for a claim that nobody could reproduce, the reason; else <see langword="null"/>.</summary>
    public string? Status { get; init; }

    /// <summary>Whether the figure could be checked against a public record; <c>false</c> is shown as "claimed, not reproduced".</summary>
    public bool Reproduced { get; init; } = true;

    /// <summary>Throughput it is derived from, images/s.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>Price it is derived with, USD per hour.</summary>
    public decimal? UsdPerHour { get; init; }

    /// <summary>USD for one billion images, as published or computed from throughput and price.</summary>
    public required decimal UsdPerBillion { get; init; }

    /// <summary>Throughput that would reach this reference at a price.</summary>
    /// <param name="price">Of the machine, above 0.</param>
    /// <returns>Images/s; <see langword="null"/> when the price is not positive.</returns>
    public double? NeededImagesPerSecond(UsdPerMachineHour price) =>
        CostPerBillion.ImagesPerSecondNeeded(price, UsdPerBillion);

    /// <summary>How many times above this reference a cost is; below 1 it is cheaper.</summary>
    public double TimesAbove(decimal usdPerBillion) => (double)(usdPerBillion / UsdPerBillion);

    /// <summary>How many times below this reference a cost is: the inverse of <see cref="TimesAbove"/>.</summary>
    /// <returns><see langword="null"/> when the cost is not positive.</returns>
    public double? TimesBelow(decimal usdPerBillion) =>
        usdPerBillion > 0 ? (double)(UsdPerBillion / usdPerBillion) : null;
}

/// <summary>A rate at which costs are said to fall.</summary>
/// <param name="Id">Short name.</param>
/// <param name="Label">Name for people.</param>
/// <param name="HalvingMonths">Months in which the cost halves.</param>
public sealed record Trend(string Id, string Label, double HalvingMonths);

/// <summary>What training is reported to have cost.</summary>
/// <param name="Year">Year of the figure.</param>
/// <param name="What">What was trained.</param>
/// <param name="Usd">US dollars.</param>
/// <param name="Source">Where the figure is from.</param>
public sealed record TrainingCost(int Year, string What, decimal Usd, string Source);

/// <summary>One reported cause of falling cost.</summary>
/// <param name="What">What was compared.</param>
/// <param name="Factor">How many times better.</param>
/// <param name="Cause"><c>hardware</c>, <c>software</c> or <c>algorithm</c>.</param>
/// <param name="Source">Where the figure is from.</param>
public sealed record Improvement(string What, double Factor, string Cause, string Source);

/// <summary>What MLPerf Inference asks of ResNet-50.</summary>
public sealed record MlPerfResNet50
{
    /// <summary>Top-1 accuracy of the reference model, 0..1.</summary>
    public required double AccuracyTop1Reference { get; init; }

    /// <summary>Share of it that a submission must keep.</summary>
    public required double AccuracyTargetFraction { get; init; }

    /// <summary>Latency bound of the server scenario at p99, seconds.</summary>
    public required double ServerP99BoundSeconds { get; init; }

    /// <summary>Least length of a run, seconds.</summary>
    public required double MinDurationSeconds { get; init; }

    /// <summary>Fewest images of an offline run.</summary>
    public required int OfflineMinSamples { get; init; }

    /// <summary>Top-1 accuracy that a quoted cost must pass: 0.75695.</summary>
    public double AccuracyTarget => AccuracyTop1Reference * AccuracyTargetFraction;
}
