namespace InferenceMeter.Documents;

/// <summary>Images since the start of the process; ok + failed + rejected + in flight = handed out.</summary>
internal sealed record ImagesDocument(
    long HandedOut,
    long Ok,
    long Failed,
    IReadOnlyDictionary<string, long> FailedBy,
    long Rejected,
    string Source
);
