using InferenceMeter.Images;
using InferenceMeter.Inference;

namespace InferenceMeter.Serving;

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
);

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
/// <param name="Queue">Before a decoder took it.</param>
/// <param name="Decode">Decoding, resizing, cropping.</param>
/// <param name="Batch">In its batch, before an instance took that.</param>
/// <param name="Infer">Running the batch.</param>
/// <param name="Total">From arrival to answer.</param>
/// <param name="BatchImages">Images in the batch; 0 when it was not run.</param>
public readonly record struct AnswerTimes(
    double Queue,
    double Decode,
    double Batch,
    double Infer,
    double Total,
    int BatchImages
);
