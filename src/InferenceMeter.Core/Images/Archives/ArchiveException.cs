namespace InferenceMeter.Images.Archives;

/// <summary>
/// An archive breaks the rules of its format, ends early, or holds no images. The message is one line.
/// </summary>
internal sealed class ArchiveException(ImageFailure failure, string message, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>
    /// How the archive is counted: as one failed image, since nobody knows how many it lost;
    /// <see cref="ImageFailure.None"/>: not at all.
    /// </summary>
    public ImageFailure Failure { get; } = failure;
}
