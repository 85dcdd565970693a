namespace InferenceMeter.Images;

/// <summary>Where images come from. One reader at a time calls <see cref="TryNext"/>; it may block on I/O.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>Value of the metric label <c>source</c>: <c>synthetic</c>, <c>folder</c> or <c>manifest</c>.</summary>
    string Kind { get; }

    /// <summary>How many images one pass holds; for an endless source, the size of its distinct set.</summary>
    int DistinctImages { get; }

    /// <summary>
    /// What was passed over and is not an image, in one line; <see langword="null"/> when nothing was.
    /// </summary>
    string? Remark { get; }

    /// <summary>Why there are no images for now, in one line; <see langword="null"/> while there are.</summary>
    string? Trouble { get; }

    /// <summary>Hands out the next image; waits while there is none to be had for now.</summary>
    /// <param name="image">The image, or the reason why it has no bytes.</param>
    /// <param name="stop">Ends waiting.</param>
    /// <returns>
    /// <see langword="false"/> when the source is exhausted (never, for one that repeats) or was stopped while waiting.
    /// </returns>
    bool TryNext(out EncodedImage image, CancellationToken stop = default);
}
