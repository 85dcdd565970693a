namespace InferenceMeter.Images;

/// <summary>How files are read.</summary>
public sealed record FileImageOptions
{
    /// <summary>Start again at the first image after the last, for ever.</summary>
    public bool Repeat { get; init; }

    /// <summary>Larger files are handed out as <see cref="ImageFailure.TooLarge"/> without being read.</summary>
    public int MaxEncodedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The part of the list that is read; <see langword="null"/>: all of it.</summary>
    public Shard? Shard { get; init; }

    /// <summary>Files that are left out, by their canonical paths, such as those an earlier run has answered.</summary>
    public IReadOnlySet<string> Exclude { get; init; } = new HashSet<string>(StringComparer.Ordinal);
}
