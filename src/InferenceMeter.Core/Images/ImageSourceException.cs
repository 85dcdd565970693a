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
}
