namespace InferenceMeter.Images;

/// <summary>
/// Why an image was counted as <c>failed</c>: the small fixed set behind the metric label <c>reason</c>.
/// </summary>
public enum ImageFailure
{
    /// <summary>It is an image and it was classified.</summary>
    None,

    /// <summary>The bytes could not be read (I/O error, a store that answers with errors).</summary>
    Unreadable,

    /// <summary>The file or object is not there, or no longer.</summary>
    NotFound,

    /// <summary>The file or object may not be read.</summary>
    Forbidden,

    /// <summary>More encoded bytes, or more pixels, than the limits allow; nothing was allocated for it.</summary>
    TooLarge,

    /// <summary>The bytes are not of a format that the decoder knows.</summary>
    Unsupported,

    /// <summary>The format is known, the content breaks its rules.</summary>
    Corrupt,

    /// <summary>The content ends before the picture does.</summary>
    Truncated,

    /// <summary>The picture was fine and the model could not be run on it, also alone.</summary>
    Inference,
}
