namespace InferenceMeter.Metering;

/// <summary>
/// The reader's copy of the completions, and the questions asked of it. Not thread-safe: it reuses its buffers.
/// </summary>
internal sealed class CompletionHistory(CompletionLog log, long frequency)
{
    private readonly Completion[] _entries = new Completion[log.Capacity];
    private readonly MeterSegment[] _segments = new MeterSegment[log.Capacity + 1];
    private int _count;

    /// <summary>Totals as of the last <see cref="Refresh"/>.</summary>
    public LogTotals Totals { get; private set; }

    /// <summary>Entries held.</summary>
    public int Count => _count;

    public Completion this[int index] => _entries[index];

    public void Refresh() => Totals = log.CopyTo(_entries, out _count);

    public double Seconds(long ticks) => (double)ticks / frequency;

    public long Ticks(double seconds) => (long)(seconds * frequency);

    /// <summary>Index of the last entry at or before a timestamp; -1 when all are later.</summary>
    public int LastAtOrBefore(long at)
    {
        int low = 0,
            high = _count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_entries[middle].At <= at)
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }

    /// <summary>Index of the first entry at or after a timestamp; <see cref="Count"/> when all are earlier.</summary>
    public int FirstAtOrAfter(long at) => LastAtOrBefore(at - 1) + 1;

    /// <summary>
    /// The intervals between the entries <paramref name="first"/>..<paramref name="last"/>; valid until the next call.
    /// </summary>
    public ReadOnlySpan<MeterSegment> Intervals(int first, int last)
    {
        for (var i = first; i < last; i++)
            _segments[i - first] = Between(_entries[i], _entries[i + 1]);
        return _segments.AsSpan(0, Math.Max(0, last - first));
    }

    /// <summary>
    /// Those intervals and, when it says something, the silence from the last entry to <paramref name="at"/>.
    /// </summary>
    public ReadOnlySpan<MeterSegment> IntervalsAndSilence(int first, int last, long at)
    {
        var count = Intervals(first, last).Length;
        if (Silence(first, last, at))
            _segments[count++] = new MeterSegment(0, Seconds(at - _entries[last].At), BusySinceLast(last, at));
        return _segments.AsSpan(0, count);
    }

    /// <summary>
    /// Whether nothing has completed since entry <paramref name="last"/> for clearly longer than the gaps before it
    /// explain: more than twice
    /// the longest. Less says nothing, because the next batch may simply not be due; counting it would bias every
    /// reading downwards.
    /// </summary>
    public bool Silence(int first, int last, long at)
    {
        long longest = 0;
        for (var i = Math.Max(0, Math.Min(first, last - 8)); i < last; i++)
            longest = Math.Max(longest, _entries[i + 1].At - _entries[i].At);
        return at - _entries[last].At > 2 * longest + Ticks(0.2);
    }

    public MeterSegment Between(Completion from, Completion to) =>
        new(to.Images - from.Images, Seconds(to.At - from.At), Seconds(to.BusyTicks - from.BusyTicks));

    // Only the present is known exactly; for an instant in the past the rest of the silence counts as it did until now,
    // in proportion.
    private double BusySinceLast(int last, long at)
    {
        var busy = Seconds(Totals.BusyTicks - _entries[last].BusyTicks);
        return Math.Min(busy, Seconds(at - _entries[last].At));
    }
}
