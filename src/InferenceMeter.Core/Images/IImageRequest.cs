namespace InferenceMeter.Images;

/// <summary>
/// An image that somebody waits for, as the stages see it: they ask whether it is still wanted, and tell it how it
/// goes.
/// </summary>
public interface IImageRequest
{
    /// <summary>
    /// Whether its bytes are pixels of the model's input size, uint8 <c>[H, W, 3]</c>, and need no decoding.
    /// </summary>
    bool IsPixels { get; }

    /// <summary>
    /// <see langword="false"/> when who asked has gone, or the time is over: it is dropped before it costs a place in a
    /// batch.
    /// </summary>
    bool IsWanted { get; }

    /// <summary>It was decoded.</summary>
    /// <param name="started">Timestamp at which that began.</param>
    /// <param name="ended">Timestamp at which it was in its batch.</param>
    void Decoded(long started, long ended);

    /// <summary>Whether the scores of all classes are wanted too, and not the best classes alone.</summary>
    bool WantsScores => false;

    /// <summary>The scores, before its answer; only where they are wanted.</summary>
    /// <param name="scores">One per class, as the model gives them; only valid during the call.</param>
    void Scored(ReadOnlySpan<float> scores) { }

    /// <summary>Its batch was run.</summary>
    void Ran(in BatchRun run);
}
