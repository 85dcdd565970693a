namespace InferenceMeter.History;

/// <summary>
/// The last day in steps, in memory: what had been counted and spent at each. From such totals the mean over any
/// stretch is exact, so a long
/// span is drawn from few points without sampling errors. Thread-safe.
/// </summary>
/// <param name="capacity">Samples that are kept.</param>
public sealed class RecentSeries(int capacity)
{
    private readonly SeriesSample[] _samples = new SeriesSample[capacity];
    private readonly Lock _gate = new();
    private long _count;

    /// <summary>When the oldest sample was taken; <see langword="null"/> without any.</summary>
    public DateTimeOffset? Since
    {
        get
        {
            lock (_gate)
                return _count == 0 ? null : _samples[Oldest % capacity].At;
        }
    }

    private long Oldest => Math.Max(0, _count - capacity);

    /// <summary>Keeps a sample; totals only ever rise.</summary>
    public void Add(SeriesSample sample)
    {
        lock (_gate)
            _samples[_count++ % capacity] = sample;
    }

    /// <summary>
    /// The stretches of the last time, oldest first. Their ends stay where they are as time goes on, so that a drawing
    /// does not tremble.
    /// </summary>
    /// <param name="samples">How many samples back.</param>
    /// <param name="most">Stretches at most.</param>
    public IReadOnlyList<SeriesPoint> Points(int samples, int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        lock (_gate)
        {
            var each = Math.Max(1, (samples + most - 1) / most);
            var first = Math.Max(Oldest, _count - 1 - samples);
            var points = new List<SeriesPoint>();
            // Ends are at multiples of the length, counted from the first sample ever.
            for (var from = (first + each - 1) / each * each; from + each < _count; from += each)
                points.Add(SeriesPoint.Between(_samples[from % capacity], _samples[(from + each) % capacity]));
            return points;
        }
    }
}

/// <summary>Totals at an instant.</summary>
/// <param name="At">UTC, for people.</param>
/// <param name="Seconds">On a clock that is not set, for rates.</param>
/// <param name="Images">Classified since the start.</param>
/// <param name="SpentUsd">Since the start.</param>
public readonly record struct SeriesSample(DateTimeOffset At, double Seconds, long Images, decimal SpentUsd);

/// <summary>What a stretch of time did and cost.</summary>
/// <param name="At">Its end, UTC.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="ImagesPerSecond">Mean over it, idle time included.</param>
/// <param name="UsdPerBillionImages">Money over images; <see langword="null"/> when there were none.</param>
public sealed record SeriesPoint(
    DateTimeOffset At,
    double Seconds,
    double? ImagesPerSecond,
    decimal? UsdPerBillionImages
)
{
    /// <summary>From the totals at both ends.</summary>
    public static SeriesPoint Between(SeriesSample from, SeriesSample to) =>
        Of(to.At, to.Seconds - from.Seconds, to.Images - from.Images, to.SpentUsd - from.SpentUsd);

    /// <summary>From what was done and spent.</summary>
    public static SeriesPoint Of(DateTimeOffset at, double seconds, long images, decimal usd) =>
        new(
            at,
            Math.Round(seconds, 3),
            seconds > 0 ? images / seconds : null,
            images > 0 ? Math.Round(usd / images * 1e9m, 6) : null
        );
}
