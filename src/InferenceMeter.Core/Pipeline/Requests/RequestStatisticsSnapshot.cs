namespace InferenceMeter.Pipeline.Requests;

/// <summary>What <see cref="RequestStatistics"/> had counted at one instant.</summary>
public sealed record RequestStatisticsSnapshot
{
    /// <summary>When the last request came; <see langword="null"/> before the first one.</summary>
    public required DateTimeOffset? LastRequest { get; init; }

    /// <summary>Images of requests that were answered.</summary>
    public required long Images { get; init; }

    /// <summary>Batches that were run with at least one image of these requests in them.</summary>
    public required long Batches { get; init; }

    /// <summary>Requests that were answered, from arrival to answer.</summary>
    public required CountedTime Success { get; init; }

    /// <summary>Requests that were not.</summary>
    public required CountedTime Fail { get; init; }

    /// <summary>Of answered requests, waiting for a decoder and for the engine.</summary>
    public required CountedTime Queue { get; init; }

    /// <summary>Of answered requests, decoding, or copying pixels into a batch.</summary>
    public required CountedTime Input { get; init; }

    /// <summary>Of answered requests, running their batch, with the copies to and from the device.</summary>
    public required CountedTime Infer { get; init; }

    /// <summary>Of answered requests, from the end of the batch to the answer.</summary>
    public required CountedTime Output { get; init; }

    /// <summary>The batches by their size, the smallest first.</summary>
    public required IReadOnlyList<BatchStatistics> BySize { get; init; }
}

/// <summary>How often something took place, and for how long together.</summary>
public readonly record struct CountedTime(long Count, TimeSpan Time);

/// <summary>The batches of one size.</summary>
/// <param name="Images">In each, also those of other models' requests and of the background load.</param>
/// <param name="Input">Decoding of the images of these requests, over all batches.</param>
/// <param name="Infer">Running them.</param>
/// <param name="Output">From the end of a run to the last answer.</param>
public sealed record BatchStatistics(int Images, CountedTime Input, CountedTime Infer, CountedTime Output);
