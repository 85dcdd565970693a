namespace InferenceMeter.Batching;

/// <summary>How images become batches.</summary>
public sealed record BatchingOptions
{
    /// <summary>Images in a full batch.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>
    /// Batches that exist: some being filled, some waiting, some running. They bound the memory and the work in flight.
    /// </summary>
    public int Batches { get; init; } = 3;

    /// <summary>
    /// How long the first image of a batch waits for company when the engine has nothing else to do.
    /// While full batches are waiting there is no hurry, and a partial batch is kept open.
    /// </summary>
    public TimeSpan MaxBatchDelay { get; init; } = TimeSpan.FromMilliseconds(100);
}
