namespace InferenceMeter.Images.Stores;

/// <summary>
/// Divides archives among parts: whole ones, every nth, where there are at least as many as parts; else the images
/// within each, since parts without any archive would have nothing to do.
/// </summary>
/// <param name="shard">The wanted part; <see langword="null"/>: everything.</param>
internal sealed class ArchiveParts(Shard? shard)
{
    private readonly List<StoredObject> _held = [];
    private long _places;

    /// <summary>An archive comes.</summary>
    /// <returns>Those that can be read by now.</returns>
    public IEnumerable<(StoredObject Archive, Shard? Part)> Add(StoredObject archive)
    {
        if (shard is not { } wanted)
            return [(archive, null)];
        if (_places >= wanted.Count)
            return wanted.Contains(_places++) ? [(archive, null)] : [];
        _held.Add(archive);
        _places++;
        return _places < wanted.Count ? [] : [(_held[wanted.Index], null)];
    }

    /// <summary>There are no more.</summary>
    /// <returns>Those that were too few to be divided whole.</returns>
    public IEnumerable<(StoredObject Archive, Shard? Part)> Rest() =>
        shard is { } wanted && _places < wanted.Count ? _held.Select(archive => (archive, (Shard?)wanted)) : [];
}
