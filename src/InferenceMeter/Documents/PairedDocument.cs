using InferenceMeter.Runs;

namespace InferenceMeter.Documents;

/// <summary>The result of <c>bench --paired</c>.</summary>
internal sealed record PairedDocument
{
    public required int SchemaVersion { get; init; }

    public required string Scope { get; init; }

    public required IReadOnlyList<PairDocument> Pairs { get; init; }

    public required IntervalDocument? Ratio { get; init; }

    public required EngineDocument Engine { get; init; }

    public required DateTimeOffset FinishedAt { get; init; }
}

/// <summary>One pair of neighbouring segments, images/s.</summary>
internal sealed record PairDocument(double Pipeline, double BareLoop)
{
    public static PairDocument From(RunPair pair) => new(pair.Pipeline, pair.BareLoop);
}
