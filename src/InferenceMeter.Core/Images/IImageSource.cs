namespace InferenceMeter.Images;

/// <summary>Where images come from. One reader at a time calls <see cref="TryNext"/>; it may block on I/O.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>Value of the metric label <c>source</c>: <c>synthetic</c> or <c>folder</c>.</summary>
    string Kind { get; }

    /// <summary>How many images one pass holds; for an endless source, the size of its distinct set.</summary>
    int DistinctImages { get; }

    /// <summary>Hands out the next image.</summary>
    /// <returns><see langword="false"/> when the source is exhausted (never, for one that repeats).</returns>
    bool TryNext(out EncodedImage image);
}
