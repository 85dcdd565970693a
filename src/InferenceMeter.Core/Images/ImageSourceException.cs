using InferenceMeter.Errors;

namespace InferenceMeter.Images;

/// <summary>There are no images to be had; the message is one line: what, where, how to mend.</summary>
public sealed class ImageSourceException : MeterException
{
    /// <inheritdoc cref="Exception(string)"/>
    public ImageSourceException(string message)
        : base(message) { }

    /// <inheritdoc cref="Exception(string, Exception)"/>
    public ImageSourceException(string message, Exception inner)
        : base(message, inner) { }

    /// <inheritdoc cref="Exception()"/>
    public ImageSourceException() { }

    /// <summary>
    /// The images were there at the start and were lost on the way: what is answered by then is whole, and a later run
    /// can go on from there.
    /// </summary>
    public bool WasLost { get; init; }

    /// <summary>One whose remedy is to give other images.</summary>
    internal static ImageSourceException ForImages(string message, Exception? inner = null) =>
        inner is null
            ? new ImageSourceException(message) { Subject = ErrorSubject.Images }
            : new ImageSourceException(message, inner) { Subject = ErrorSubject.Images };
}
