namespace InferenceMeter.Images;

/// <summary>How images are read, wherever they are.</summary>
public sealed record ReadingOptions
{
    /// <summary>Start again at the first image after the last, for ever.</summary>
    public bool Repeat { get; init; }

    /// <summary>
    /// Larger files and objects are handed out as <see cref="ImageFailure.TooLarge"/> without being read.
    /// </summary>
    public int MaxEncodedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The part of the images that is read; <see langword="null"/>: all of them.</summary>
    public Shard? Shard { get; init; }

    /// <summary>
    /// Images that are left out, by their canonical names, such as those an earlier run has
    /// answered.
    /// </summary>
    public IReadOnlySet<string> Exclude { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>
    /// Files, objects or archives read at the same time, from 1; <see langword="null"/>: 1 for files, which keeps their
    /// order, and 16 for object stores, whose answers take milliseconds.
    /// </summary>
    public int? Fetchers { get; init; }

    /// <summary>Encoded bytes that may wait for a decoder, above 0. One image may exceed it, alone.</summary>
    public long PrefetchBytes { get; init; } = 64 * 1024 * 1024;
}
