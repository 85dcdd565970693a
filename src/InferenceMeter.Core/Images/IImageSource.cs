namespace InferenceMeter.Images;

/// <summary>Where images come from. One reader at a time calls <see cref="TryNext"/>; it may block on I/O.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>
    /// Value of the metric label <c>source</c>: <c>synthetic</c>, <c>folder</c>, <c>file</c>, <c>manifest</c>,
    /// <c>s3</c>, <c>azure</c>, <c>gcs</c>, or <c>mixed</c> for several of different kinds.
    /// </summary>
    string Kind { get; }

    /// <summary>
    /// How many images one pass holds; for an endless source, the size of its distinct set. <see langword="null"/>
    /// while that is not known: buckets and archives are not listed before they are read.
    /// </summary>
    long? DistinctImages { get; }

    /// <summary>
    /// What was passed over and is not an image, in one line; <see langword="null"/> when nothing was, or when it is
    /// not known yet.
    /// </summary>
    string? Remark { get; }

    /// <summary>Why there are no images for now, in one line; <see langword="null"/> while there are.</summary>
    string? Trouble { get; }

    /// <summary>What was read so far, one for each kind of source.</summary>
    IReadOnlyList<SourceTraffic> Traffic { get; }

    /// <summary>
    /// <see cref="TimeProvider.GetTimestamp"/> ticks that <see cref="TryNext"/> waited for bytes to arrive.
    /// </summary>
    long WaitedTicks { get; }

    /// <summary>Hands out the next image; waits while there is none to be had for now.</summary>
    /// <param name="image">The image, or the reason why it has no bytes.</param>
    /// <param name="stop">Ends waiting.</param>
    /// <returns>
    /// <see langword="false"/> when the source is exhausted (never, for one that repeats) or was stopped while waiting.
    /// </returns>
    /// <exception cref="ImageSourceException">
    /// A source that does not repeat was lost before its last image; those before it were handed out.
    /// </exception>
    bool TryNext(out EncodedImage image, CancellationToken stop = default);
}
