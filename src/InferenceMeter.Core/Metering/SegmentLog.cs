namespace InferenceMeter.Metering;

/// <summary>
/// All time since the end of warm-up in at most 39 segments of about equal length: when there are 40, neighbours are
/// joined.
/// </summary>
internal sealed class SegmentLog(Completion origin, CompletionHistory history)
{
    private const int Most = 40;

    private readonly List<MeterSegment> _closed = new(Most);
    private Completion _from = origin;
    private double _width = 1;

    /// <summary>Where it began.</summary>
    public Completion Origin { get; } = origin;

    /// <summary>The last completion it was given.</summary>
    public Completion Last { get; private set; } = origin;

    /// <summary>The finished segments and the one in the making.</summary>
    public MeterSegment[] All(MeterSegment? silence)
    {
        var open = history.Between(_from, Last);
        IEnumerable<MeterSegment> all = _closed;
        if (open.WallSeconds > 0)
            all = all.Append(open);
        return silence is { } known ? [.. all, known] : [.. all];
    }

    /// <summary>Takes in the completions after the last one it has seen.</summary>
    public void Feed()
    {
        for (var i = history.FirstAtOrAfter(Last.At + 1); i < history.Count; i++)
        {
            Last = history[i];
            var segment = history.Between(_from, Last);
            if (segment.WallSeconds < _width)
                continue;
            _closed.Add(segment);
            _from = Last;
            if (_closed.Count == Most)
                Join();
        }
    }

    private void Join()
    {
        for (var i = 0; i < Most / 2; i++)
        {
            var (a, b) = (_closed[2 * i], _closed[2 * i + 1]);
            _closed[i] = new MeterSegment(
                a.Images + b.Images,
                a.WallSeconds + b.WallSeconds,
                a.BusySeconds + b.BusySeconds
            );
        }

        _closed.RemoveRange(Most / 2, Most / 2);
        _width *= 2;
    }
}
