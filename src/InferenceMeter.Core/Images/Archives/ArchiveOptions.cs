namespace InferenceMeter.Images.Archives;

/// <summary>What is wanted of an archive.</summary>
internal sealed record ArchiveOptions
{
    /// <summary>Larger images fail as <see cref="ImageFailure.TooLarge"/> and are not held.</summary>
    public required int MaxEncodedBytes { get; init; }

    /// <summary>Which images are wanted, by their places in the archive; <see langword="null"/>: all.</summary>
    public required Shard? Part { get; init; }

    /// <summary>Whether the image of a name is wanted.</summary>
    public required Func<string, bool> IsWanted { get; init; }

    /// <summary>Memory that is taken before large parts of the archive are held at once.</summary>
    public required ByteBudget Budget { get; init; }
}
