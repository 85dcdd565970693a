using InferenceMeter.Pricing;

namespace InferenceMeter.Documents;

/// <summary>A dated reference line, and what it would take here.</summary>
internal sealed record ReferenceDocument
{
    public required string Id { get; init; }

    /// <summary>When it was published, as a decimal year.</summary>
    public required double Year { get; init; }

    /// <summary>When its cost held: the date of its prices where it is derived from prices on file.</summary>
    public required double CostYear { get; init; }

    /// <summary><c>claim</c>, <c>record</c>, <c>derived</c>, <c>peer</c> or <c>floor</c>.</summary>
    public required string Kind { get; init; }

    public required string Label { get; init; }

    public required string Model { get; init; }

    public required string Scope { get; init; }

    public required string Batch { get; init; }

    public required string Precision { get; init; }

    /// <summary>Absent where only a throughput is known. Of a range without a stated price: its low end.</summary>
    public decimal? UsdPerBillionImages { get; init; }

    /// <summary>At the cheapest price on file.</summary>
    public decimal? Low { get; init; }

    /// <summary>At the dearest price of AWS on file.</summary>
    public decimal? High { get; init; }

    /// <summary>Throughput of one accelerator, or of the machine where it has none.</summary>
    public double? ImagesPerSecond { get; init; }

    public int? Accelerators { get; init; }

    /// <summary>Price that the figure was published with; for one accelerator and hour.</summary>
    public decimal? UsdPerHour { get; init; }

    /// <summary>The two prices that <see cref="Low"/> and <see cref="High"/> are at.</summary>
    public ReferencePrices? Prices { get; init; }

    /// <summary>
    /// All prices on file of that accelerator, cheapest first, and what a billion images would cost at each.
    /// </summary>
    public IReadOnlyList<RepricedDocument>? OnFile { get; init; }

    /// <summary>At the price that the request gave (<c>?reprice=ID:USD</c>).</summary>
    public RepricedDocument? Repriced { get; init; }

    public required string Source { get; init; }

    /// <summary>The log or entry in which the figure stands.</summary>
    public string? Log { get; init; }

    /// <summary>The day on which the figure was compared with its source; absent when it was not.</summary>
    public DateOnly? Checked { get; init; }

    public string? Status { get; init; }

    public required bool Reproduced { get; init; }

    /// <summary>Throughput that reaches it at the present price.</summary>
    public double? ImagesPerSecondNeeded { get; init; }

    /// <summary>Whether a cost of the same model and scope was measured here.</summary>
    public required bool Comparable { get; init; }

    /// <summary>What makes it another thing than the reading here; absent when nothing does.</summary>
    public IReadOnlyList<string>? Differs { get; init; }

    /// <summary>
    /// How many times this machine's cost of the same model and scope is above it; absent when there is none. With
    /// <c>?compare=all</c> what is not comparable is held against the wall cost (1m window).
    /// </summary>
    public double? TimesAbove { get; init; }

    /// <summary>How many times it is below it: the inverse.</summary>
    public double? TimesBelow { get; init; }

    /// <summary>How much of the way from the anchor to it was efficiency, how much price.</summary>
    public Decline? SinceAnchor { get; init; }
}

/// <summary>A price, and what a billion images cost at it.</summary>
/// <param name="Of">Whose price it is.</param>
/// <param name="UsdPerHour">For one accelerator and hour.</param>
/// <param name="AsOf">The day it held; absent for a price of the request.</param>
/// <param name="UsdPerBillionImages">At that price.</param>
internal sealed record RepricedDocument(string Of, decimal UsdPerHour, DateOnly? AsOf, decimal UsdPerBillionImages);

/// <summary>A rate at which a cost is said to fall, and where the cost of images would be today at it.</summary>
internal sealed record TrendDocument
{
    public required string Id { get; init; }

    public required string Label { get; init; }

    /// <summary>Months in which it halves.</summary>
    public required double HalvingMonths { get; init; }

    /// <summary>
    /// What falls: <c>inference</c>, <c>training</c>, <c>language models</c>; only the first is drawn beside the
    /// references.
    /// </summary>
    public required string Axis { get; init; }

    public required string Source { get; init; }

    public required string Date { get; init; }

    public string? Status { get; init; }

    /// <summary>From the anchor on; absent for trends of something else than inference of images.</summary>
    public double? UsdPerBillionImagesToday { get; init; }

    /// <summary>How many times this machine's cost is above that; absent when there is no steady reading.</summary>
    public double? TimesAbove { get; init; }
}

/// <summary>What VALID runs of this machine, model and scope in the history say of its cost over time.</summary>
internal sealed record MeasuredTrendDocument
{
    public required string Machine { get; init; }

    public required int Runs { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>Months in which it halved; absent when it did not fall.</summary>
    public double? HalvingMonths { get; init; }

    /// <summary>Below 0 when the cost rose.</summary>
    public required double HalvingsPerMonth { get; init; }

    /// <summary>Lower 95 % bound of <see cref="HalvingsPerMonth"/>; absent with fewer than three runs.</summary>
    public double? Low { get; init; }

    /// <summary>Upper one.</summary>
    public double? High { get; init; }

    /// <summary>The interval leaves out no change at all.</summary>
    public required bool Certain { get; init; }

    /// <summary>
    /// The part of <see cref="HalvingsPerMonth"/> that is throughput: what it would be at a constant price.
    /// </summary>
    public double? EfficiencyHalvingsPerMonth { get; init; }

    /// <summary>The part that is price; the two add up to the whole.</summary>
    public double? PriceHalvingsPerMonth { get; init; }
}

/// <summary>
/// Training a ResNet-50 for 90 epochs at this machine's wall cost: about 0.346 billion forward passes.
/// </summary>
/// <param name="ImpliedUsd">The implied cost; absent when there is no steady reading.</param>
/// <param name="Estimate">Always true: it was not measured.</param>
/// <param name="How">How it is worked out.</param>
/// <param name="Reported">What training is reported to have cost, in order of the year.</param>
internal sealed record TrainingDocument(
    decimal? ImpliedUsd,
    bool Estimate,
    string How,
    IReadOnlyList<TrainingCost> Reported
);

/// <summary>All of it, with the present price.</summary>
internal sealed record ReferencesDocument
{
    public required decimal UsdPerHour { get; init; }

    /// <summary>
    /// This machine's wall cost (1m window) in the scope of its readings; absent while there is none, or no model runs.
    /// </summary>
    public decimal? UsdPerBillionImages { get; init; }

    /// <summary>The scope of that.</summary>
    public required string Scope { get; init; }

    /// <summary>What the model alone costs here: of the scope that the references have.</summary>
    public decimal? ModelUsdPerBillionImages { get; init; }

    /// <summary>Why nothing is compared; absent when something is.</summary>
    public string? Note { get; init; }

    public required IReadOnlyList<ReferenceDocument> References { get; init; }

    public required string Anchor { get; init; }

    public required IReadOnlyList<TrendDocument> Trends { get; init; }

    public MeasuredTrendDocument? Measured { get; init; }

    public required TrainingDocument Training { get; init; }

    /// <summary>
    /// Causes as others split them: hardware, software, algorithm. <c>compare</c> splits two runs of one's own.
    /// </summary>
    public required IReadOnlyList<Improvement> Improvements { get; init; }

    /// <summary>Every quantitative claim of the report that started this program, and what became of it here.</summary>
    public required IReadOnlyList<SeedClaim> Claims { get; init; }
}
