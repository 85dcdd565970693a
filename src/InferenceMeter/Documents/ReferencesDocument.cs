using InferenceMeter.Pricing;

namespace InferenceMeter.Documents;

/// <summary>A dated reference line, and what it would take here.</summary>
/// <param name="ImagesPerSecondNeeded">Throughput that reaches it at the present price.</param>
/// <param name="TimesAbove">How many times this machine's wall cost (1m window) is above it; absent when there is no steady reading.</param>
/// <param name="TimesBelow">How many times it is below it: the inverse.</param>
internal sealed record ReferenceDocument(
    string Id,
    double Year,
    string Kind,
    string Label,
    decimal UsdPerBillionImages,
    string Source,
    string? Status,
    bool Reproduced,
    double? ImagesPerSecondNeeded,
    double? TimesAbove,
    double? TimesBelow
);

/// <summary>Where the cost would be today, had it fallen at a trend's rate since the anchor.</summary>
/// <param name="HalvingMonths">Months in which it halves.</param>
/// <param name="TimesAbove">How many times this machine's wall cost is above that; absent when there is no steady reading.</param>
internal sealed record TrendDocument(
    string Id,
    string Label,
    double HalvingMonths,
    double UsdPerBillionImagesToday,
    double? TimesAbove
);

/// <summary>What VALID runs of this machine, model and scope in the history say of its cost over time.</summary>
/// <param name="HalvingMonths">Months in which it halved; absent when it did not fall.</param>
/// <param name="HalvingsPerMonth">Below 0 when the cost rose.</param>
/// <param name="Low">Lower 95 % bound of <paramref name="HalvingsPerMonth"/>; absent with fewer than three runs.</param>
/// <param name="High">Upper one.</param>
/// <param name="Certain">The interval leaves out no change at all.</param>
internal sealed record MeasuredTrendDocument(
    string Machine,
    int Runs,
    DateTimeOffset From,
    DateTimeOffset To,
    double? HalvingMonths,
    double HalvingsPerMonth,
    double? Low,
    double? High,
    bool Certain
);

/// <summary>Training a ResNet-50 for 90 epochs at this machine's wall cost: about 0.346 billion forward passes. An estimate.</summary>
/// <param name="Reported">What training is reported to have cost.</param>
internal sealed record TrainingDocument(
    decimal? ImpliedUsd,
    bool Estimate,
    string How,
    IReadOnlyList<TrainingCost> Reported
);

/// <summary>All of them, with the present price.</summary>
internal sealed record ReferencesDocument(
    decimal UsdPerHour,
    decimal? UsdPerBillionImages,
    IReadOnlyList<ReferenceDocument> References,
    string Anchor,
    IReadOnlyList<TrendDocument> Trends,
    MeasuredTrendDocument? Measured,
    TrainingDocument Training,
    IReadOnlyList<Improvement> Improvements
);
