using InferenceMeter.Metering;

namespace InferenceMeter.History;

/// <summary>
/// One finished or begun run as the history keeps it: what a list shows, and the whole result as a document.
/// </summary>
public sealed record RunRecord
{
    /// <summary>Unique; one of <see cref="RunId.New"/>.</summary>
    public required string Id { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended; <see langword="null"/> while it runs, or when it never ended.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What it ran on.</summary>
    public required string Machine { get; init; }

    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Number format of the weights: <c>fp32</c>, <c>fp16</c>, <c>int8</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>What was inside the timed part.</summary>
    public required string Scope { get; init; }

    /// <summary>Whether the figure can be quoted.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Classified images a second; <see langword="null"/> when not measured.</summary>
    public double? ImagesPerSecond { get; init; }

    /// <summary>US dollars for 10^9 images; <see langword="null"/> without a price.</summary>
    public decimal? UsdPerBillionImages { get; init; }

    /// <summary>The result as JSON, stored as it is.</summary>
    public required string Document { get; init; }
}
