namespace InferenceMeter.Images.Archives;

/// <summary>What was wrong with archives: the first few, and how many more. Thread-safe.</summary>
internal sealed class ArchiveRemarks
{
    private const int Most = 3;

    private readonly List<string> _first = [];
    private readonly HashSet<string> _all = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>An archive could not be read whole.</summary>
    /// <param name="remark">Why not, in one line.</param>
    public void Add(string remark)
    {
        lock (_gate)
        {
            // Images that are read again and again say the same again and again.
            if (_all.Add(remark) && _first.Count < Most)
                _first.Add(remark);
        }
    }

    /// <summary>One line; <see langword="null"/> when nothing was wrong.</summary>
    public override string? ToString()
    {
        lock (_gate)
        {
            if (_first.Count == 0)
                return null;
            var more = _all.Count - _first.Count;
            return string.Join("; ", _first) + (more > 0 ? $"; and {more:#,0} more such archives" : "");
        }
    }
}
