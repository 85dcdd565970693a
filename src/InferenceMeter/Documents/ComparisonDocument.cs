using InferenceMeter.Comparison;

namespace InferenceMeter.Documents;

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
                .. comparison.Rows.Select(row => new ComparedRunDocument
                {
                    Run = row.Run.Label,
                    SchemaVersion = row.Run.SchemaVersion,
                    FinishedAt = row.Run.FinishedAt,
                    Hardware = row.Run.Machine,
                    Provider = row.Run.Provider,
                    Precision = row.Run.Precision,
                    BatchSize = row.Run.BatchSize,
                    Model = row.Run.Model,
                    Weights = row.Run.Weights,
                    AccuracyCheck = row.Run.AccuracyCheck,
                    Scope = row.Run.Scope,
                    Verdict = row.Run.VerdictLabel,
                    Reasons = row.Run.Reasons,
                    Notices = row.Run.Notices,
                    ImagesPerSecond = row.Run.ImagesPerSecond is { } rate ? new(rate.Value, rate.Low, rate.High) : null,
                    Costs = row.Run.Costs,
                    Price = row.Run.Price,
                    JoulesPerImage = row.Run.JoulesPerImage,
                    P99Seconds = row.Run.P99Seconds,
                    Fetch = row.Run.Fetch,
                    ToCheapest = row.ToCheapest,
                    LargerThanNoise = row.ToCheapest?.LargerThanNoise,
                }),
            ],
            comparison.Attribution is { } why
                ? new AttributionDocument
                {
                    A = why.A,
                    B = why.B,
                    Whole = why.Whole,
                    Factors =
                    [
                        .. why.Factors.Select(factor => new FactorDocument
                        {
                            Name = factor.Name,
                            Ratio = factor.Ratio,
                            Separable = factor.Separable,
                            LargerThanNoise = factor.Ratio.LargerThanNoise,
                            Change = factor.Change,
                            Advice = factor.Advice,
                        }),
                    ],
                    Over = why.Over,
                }
                : null
        );
}

/// <summary>One run; costs are USD per billion images by basis.</summary>
internal sealed record ComparedRunDocument
{
    public required string Run { get; init; }

    public required int SchemaVersion { get; init; }

    public required DateTimeOffset? FinishedAt { get; init; }

    public required string Hardware { get; init; }

    public required string Provider { get; init; }

    public required string Precision { get; init; }

    public required int? BatchSize { get; init; }

    public required string Model { get; init; }

    public required string Weights { get; init; }

    public required string AccuracyCheck { get; init; }

    public required string Scope { get; init; }

    public required string Verdict { get; init; }

    public required IReadOnlyList<string> Reasons { get; init; }

    public required IReadOnlyList<string> Notices { get; init; }

    public required IntervalDocument? ImagesPerSecond { get; init; }

    public required IReadOnlyDictionary<string, ComparedCost> Costs { get; init; }

    public required string Price { get; init; }

    public required double? JoulesPerImage { get; init; }

    /// <summary>What reading its images took, for a billion of them; absent when none were read.</summary>
    public required ComparedFetch? Fetch { get; init; }

    public required double? P99Seconds { get; init; }

    public required CostRatio? ToCheapest { get; init; }

    public required bool? LargerThanNoise { get; init; }
}

/// <summary>Why B costs what A does not; the factors multiply to the whole.</summary>
internal sealed record AttributionDocument
{
    public required string A { get; init; }

    public required string B { get; init; }

    public required CostRatio Whole { get; init; }

    public required IReadOnlyList<FactorDocument> Factors { get; init; }

    public required IReadOnlyList<string> Over { get; init; }
}

/// <summary>One factor.</summary>
internal sealed record FactorDocument
{
    public required string Name { get; init; }

    public required CostRatio Ratio { get; init; }

    public required bool Separable { get; init; }

    public required bool LargerThanNoise { get; init; }

    public required string Change { get; init; }

    public required string? Advice { get; init; }
}
