namespace InferenceMeter.Documents;

/// <summary>Images since the start of the process; ok + failed + rejected + in flight = handed out.</summary>
internal sealed record ImagesDocument
{
    public required long HandedOut { get; init; }

    public required long Ok { get; init; }

    public required long Failed { get; init; }

    public required IReadOnlyDictionary<string, long> FailedBy { get; init; }

    public required long Rejected { get; init; }

    public required string Source { get; init; }
}
