namespace InferenceMeter.Pipeline.Requests;

/// <summary>What is wanted of a request beside the best classes of its images.</summary>
public sealed record AnswerDemand
{
    /// <summary>Also the scores of all classes.</summary>
    public bool Scores { get; init; }

    /// <summary>Told of the batches that its images are in; <see langword="null"/> when nobody counts.</summary>
    public RequestStatistics? Statistics { get; init; }
}
