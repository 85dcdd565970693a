using InferenceMeter.Images;
using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline.Requests;

/// <summary>What became of an image that was asked for.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="Failure">Why it failed; <see cref="ImageFailure.None"/> when it did not.</param>
/// <param name="Classes">Best first; empty when it was not classified.</param>
/// <param name="Times">Where its time went.</param>
public sealed record ImageAnswer(
    AnswerOutcome Outcome,
    ImageFailure Failure,
    IReadOnlyList<ScoredClass> Classes,
    AnswerTimes Times
)
{
    /// <summary>
    /// One per class, as the model gives them: logits or probabilities. Empty unless they were asked for.
    /// </summary>
    public IReadOnlyList<float> Scores { get; init; } = [];
}

/// <summary>What became of an image.</summary>
public enum AnswerOutcome
{
    /// <summary>It was classified.</summary>
    Classified,

    /// <summary>It could not be.</summary>
    Failed,

    /// <summary>Its time was over, or who asked had gone, before it cost a place in a batch.</summary>
    Dropped,

    /// <summary>The meter is ending.</summary>
    Stopped,
}

/// <summary>Where the time of an answer went, in seconds.</summary>
public readonly record struct AnswerTimes
{
    /// <summary>Before a decoder took it.</summary>
    public required double Queue { get; init; }

    /// <summary>Decoding, resizing, cropping.</summary>
    public required double Decode { get; init; }

    /// <summary>In its batch, before an instance took that.</summary>
    public required double Batch { get; init; }

    /// <summary>Running the batch.</summary>
    public required double Infer { get; init; }

    /// <summary>From arrival to answer.</summary>
    public required double Total { get; init; }

    /// <summary>Images in the batch; 0 when it was not run.</summary>
    public required int BatchImages { get; init; }
}
