using InferenceMeter.Runs;

namespace InferenceMeter.Documents;

/// <summary>The result of <c>bench --paired</c>.</summary>
internal sealed record PairedDocument(
    int SchemaVersion,
    string Scope,
    IReadOnlyList<PairDocument> Pairs,
    IntervalDocument? Ratio,
    EngineDocument Engine,
    DateTimeOffset FinishedAt
);

/// <summary>One pair of neighbouring segments, images/s.</summary>
internal sealed record PairDocument(double Pipeline, double BareLoop)
{
    public static PairDocument From(RunPair pair) => new(pair.Pipeline, pair.BareLoop);
}
