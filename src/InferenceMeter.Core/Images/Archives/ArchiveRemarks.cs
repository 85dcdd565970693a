namespace InferenceMeter.Images.Archives;

/// <summary>What was wrong with archives: the first few, and how many more. Thread-safe.</summary>
internal sealed class ArchiveRemarks
{
    private const int Most = 3;

    private readonly List<string> _first = [];
    private readonly Lock _gate = new();
    private int _more;

    /// <summary>An archive could not be read whole.</summary>
    /// <param name="remark">Why not, in one line.</param>
    public void Add(string remark)
    {
        lock (_gate)
        {
            if (_first.Contains(remark, StringComparer.Ordinal))
                return;
            if (_first.Count < Most)
                _first.Add(remark);
            else
                _more++;
        }
    }

    /// <summary>One line; <see langword="null"/> when nothing was wrong.</summary>
    public override string? ToString()
    {
        lock (_gate)
        {
            if (_first.Count == 0)
                return null;
            return string.Join("; ", _first) + (_more > 0 ? $"; and {_more:#,0} more such archives" : "");
        }
    }
}
