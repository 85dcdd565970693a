namespace InferenceMeter.LoadTesting;

/// <summary>What became of a query.</summary>
public enum QueryOutcome
{
    /// <summary>Answered.</summary>
    Ok,

    /// <summary>Turned away because the target is busy.</summary>
    Rejected,

    /// <summary>Anything else.</summary>
    Error,
}

/// <summary>What queries are sent to.</summary>
public interface ILoadTarget : IAsyncDisposable
{
    /// <summary>In a few words: where it is and how it is asked.</summary>
    string Description { get; }

    /// <summary>
    /// Sends a query and waits for its answer. Does not throw, but when <paramref name="cancellation"/> wishes so.
    /// </summary>
    /// <param name="samples">Numbers of samples in the preloaded set.</param>
    /// <param name="cancellation">Gives up.</param>
    ValueTask<QueryOutcome> SendAsync(ReadOnlyMemory<int> samples, CancellationToken cancellation);

    /// <summary>What the last error said, in a line.</summary>
    string? LastError { get; }
}
