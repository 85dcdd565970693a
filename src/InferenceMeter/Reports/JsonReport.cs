using InferenceMeter.Comparison;

namespace InferenceMeter.Reports;

/// <summary>A comparison for other programs.</summary>
/// <param name="Basis">That the rows are ordered by.</param>
internal sealed record ComparisonDocument(
    int SchemaVersion,
    string Basis,
    IReadOnlyList<ComparedRunDocument> Runs,
    AttributionDocument? Attribution
)
{
    public static ComparisonDocument From(RunComparison comparison) =>
        new(
            1,
            comparison.Basis,
            [
                .. comparison.Rows.Select(row => new ComparedRunDocument(
                    row.Run.Label,
                    row.Run.SchemaVersion,
                    row.Run.FinishedAt,
                    row.Run.Machine,
                    row.Run.Provider,
                    row.Run.Precision,
                    row.Run.BatchSize,
                    row.Run.Model,
                    row.Run.Weights,
                    row.Run.AccuracyCheck,
                    row.Run.Scope,
                    row.Run.Verdict,
                    row.Run.Reasons,
                    row.Run.Notices,
                    row.Run.ImagesPerSecond is { } rate ? new(rate.Value, rate.Low, rate.High) : null,
                    row.Run.Costs,
                    row.Run.Price,
                    row.Run.JoulesPerImage,
                    row.Run.P99Seconds,
                    row.ToCheapest,
                    row.ToCheapest?.LargerThanNoise
                )),
            ],
            comparison.Attribution is { } why
                ? new AttributionDocument(
                    why.A,
                    why.B,
                    why.Whole,
                    [
                        .. why.Factors.Select(factor => new FactorDocument(
                            factor.Name,
                            factor.Ratio,
                            factor.Separable,
                            factor.Ratio.LargerThanNoise,
                            factor.Change,
                            factor.Advice
                        )),
                    ],
                    why.Over
                )
                : null
        );
}

/// <summary>One run; costs are USD per billion images by basis.</summary>
internal sealed record ComparedRunDocument(
    string Run,
    int SchemaVersion,
    DateTimeOffset? FinishedAt,
    string Hardware,
    string Provider,
    string Precision,
    int? BatchSize,
    string Model,
    string Weights,
    string AccuracyCheck,
    string Scope,
    string Verdict,
    IReadOnlyList<string> Reasons,
    IReadOnlyList<string> Notices,
    Api.IntervalDocument? ImagesPerSecond,
    IReadOnlyDictionary<string, ComparedCost> Costs,
    string Price,
    double? JoulesPerImage,
    double? P99Seconds,
    CostRatio? ToCheapest,
    bool? LargerThanNoise
);

/// <summary>Why B costs what A does not; the factors multiply to the whole.</summary>
internal sealed record AttributionDocument(
    string A,
    string B,
    CostRatio Whole,
    IReadOnlyList<FactorDocument> Factors,
    IReadOnlyList<string> Over
);

/// <summary>One factor.</summary>
internal sealed record FactorDocument(
    string Name,
    CostRatio Ratio,
    bool Separable,
    bool LargerThanNoise,
    string Change,
    string? Advice
);
