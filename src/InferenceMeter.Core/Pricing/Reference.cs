namespace InferenceMeter.Pricing;

/// <summary>A dated published figure that a measured cost is compared with.</summary>
public sealed record Reference
{
    /// <summary>The value of <see cref="Model"/>, <see cref="Scope"/>, ... where the source does not say it.</summary>
    public const string Unstated = "unstated";

    /// <summary>The metric label <c>reference</c>: <c>dawnbench-2019-10-t4</c>.</summary>
    public required string Id { get; init; }

    /// <summary>When it was published, as a decimal year.</summary>
    public required double Year { get; init; }

    /// <summary>
    /// <c>claim</c>, <c>record</c> (a published cost), <c>derived</c> (a published throughput at prices of today),
    /// <c>peer</c> (a published throughput of ONNX Runtime) or <c>floor</c>.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>Name for people.</summary>
    public required string Label { get; init; }

    /// <summary>Where the figure is from.</summary>
    public required string Source { get; init; }

    /// <summary>
    /// The log or entry in which the figure stands; <see langword="null"/> where <see cref="Source"/> says it all.
    /// </summary>
    public string? Log { get; init; }

    /// <summary>
    /// The day on which the figure was compared with its source; <see langword="null"/> when it could not be.
    /// </summary>
    public DateOnly? Checked { get; init; }

    /// <summary>
    /// What is known about its truth and its price; <see langword="null"/> when there is nothing to add.
    /// </summary>
    public string? Status { get; init; }

    /// <summary>A claim that the public record does not bear out.</summary>
    public bool NotReproduced { get; init; }

    /// <summary>
    /// The opposite of <see cref="NotReproduced"/>; <c>false</c> is shown as "claimed, not reproduced".
    /// </summary>
    public bool Reproduced => !NotReproduced;

    /// <summary>The model that was run: <c>ResNet-50</c>; or <see cref="Unstated"/>.</summary>
    public required string Model { get; init; }

    /// <summary>What the work included: <c>model</c>, or <see cref="Unstated"/>.</summary>
    public required string Scope { get; init; }

    /// <summary>
    /// Images in a batch: <c>1</c>; <c>offline</c> where the submitter chose it; or <see cref="Unstated"/>.
    /// </summary>
    public required string Batch { get; init; }

    /// <summary>Number format of the weights: <c>int8</c>; or <see cref="Unstated"/>.</summary>
    public required string Precision { get; init; }

    /// <summary>Throughput of one accelerator, or of the machine where it has none, images/s.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>Accelerators that <see cref="ImagesPerSecond"/> is of.</summary>
    public int? Accelerators { get; init; }

    /// <summary>Time of one image where images went one by one, milliseconds.</summary>
    public double? LatencyMilliseconds { get; init; }

    /// <summary>Images for a joule at the wall: what a floor is made of.</summary>
    public double? ImagesPerJoule { get; init; }

    /// <summary>Price of electricity that a floor is stated at, US dollars for a kilowatt-hour.</summary>
    public decimal? UsdPerKwh { get; init; }

    /// <summary>Price that the figure was published with, US dollars per hour.</summary>
    public decimal? UsdPerHour { get; init; }

    /// <summary>The GPU under its name in the price file.</summary>
    public string? Gpu { get; init; }

    /// <summary>
    /// Prices on file of what <see cref="ImagesPerSecond"/> is of; <see langword="null"/> where there is none.
    /// </summary>
    public ReferencePrices? Prices { get; init; }

    /// <summary>
    /// US dollars for one billion images: as published, else at <see cref="UsdPerHour"/>, else at the low end of
    /// <see cref="Prices"/>. <see langword="null"/> when only a throughput is known.
    /// </summary>
    public decimal? UsdPerBillion { get; init; }

    /// <summary>At the low end of <see cref="Prices"/>.</summary>
    public decimal? UsdPerBillionLow => Prices is { } prices ? At(prices.Low) : null;

    /// <summary>At the high end of <see cref="Prices"/>.</summary>
    public decimal? UsdPerBillionHigh => Prices is { } prices ? At(prices.High) : null;

    /// <summary>
    /// When its cost held, as a decimal year: that of its prices where it has some, else when it was published.
    /// </summary>
    public double CostYear =>
        Prices is { } prices
            ? TrendLine.DecimalYear(new DateTimeOffset(prices.AsOf, TimeOnly.MinValue, TimeSpan.Zero))
            : Year;

    /// <summary>Throughput behind the figure, also where only the time of one image was published, images/s.</summary>
    public double? Rate => ImagesPerSecond ?? (1000 / LatencyMilliseconds);

    /// <summary>
    /// Price behind the figure, US dollars per hour: stated, on file, or implied by cost and time of an image.
    /// </summary>
    public decimal? PricePerHour => UsdPerHour ?? Prices?.Low ?? ImpliedPerHour();

    /// <summary>What it costs at another price.</summary>
    /// <param name="usdPerHour">US dollars for an hour of what <see cref="ImagesPerSecond"/> is of, above 0.</param>
    /// <returns><see langword="null"/> when no throughput is known.</returns>
    public decimal? At(decimal usdPerHour) =>
        Rate is { } rate ? CostPerBillion.Compute(new UsdPerMachineHour(usdPerHour), rate) : null;

    /// <summary>Throughput that would reach this reference at a price.</summary>
    /// <param name="price">Of the machine, above 0.</param>
    /// <returns>Images/s; <see langword="null"/> when the price is not positive or the reference has no cost.</returns>
    public double? NeededImagesPerSecond(UsdPerMachineHour price) =>
        UsdPerBillion is { } usd ? CostPerBillion.ImagesPerSecondNeeded(price, usd) : null;

    /// <summary>How many times above this reference a cost is; below 1 it is cheaper.</summary>
    /// <returns><see langword="null"/> when the reference has no cost.</returns>
    public double? TimesAbove(decimal usdPerBillion) => (double?)(usdPerBillion / UsdPerBillion);

    /// <summary>How many times below this reference a cost is: the inverse of <see cref="TimesAbove"/>.</summary>
    /// <returns><see langword="null"/> when the cost is not positive, or the reference has none.</returns>
    public double? TimesBelow(decimal usdPerBillion) =>
        usdPerBillion > 0 ? (double?)(UsdPerBillion / usdPerBillion) : null;

    private decimal? ImpliedPerHour() =>
        UsdPerBillion is { } usd && Rate is { } rate ? usd / 1e9m * 3600m * (decimal)rate : null;
}

/// <summary>
/// Two prices of the price file that a derived reference lies between, US dollars for one GPU and hour.
/// </summary>
public sealed record ReferencePrices
{
    /// <summary>The cheapest on demand.</summary>
    public required decimal Low { get; init; }

    /// <summary>Whose it is: cloud, instance, region, purchase.</summary>
    public required string LowOf { get; init; }

    /// <summary>The dearest of AWS on demand.</summary>
    public required decimal High { get; init; }

    /// <summary>Whose it is.</summary>
    public required string HighOf { get; init; }

    /// <summary>The day of the younger of the two.</summary>
    public required DateOnly AsOf { get; init; }
}

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
