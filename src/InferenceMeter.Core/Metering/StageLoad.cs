namespace InferenceMeter.Metering;

/// <summary>
/// How busy the stages were of late: seconds of work per second, summed over a stage's workers. Over about the last ten
/// seconds; who reads it keeps it fresh. Thread-safe.
/// </summary>
public sealed class StageLoad
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly WorkCounters _counters;
    private readonly Queue<(long At, WorkSnapshot Work)> _past = [];
    private readonly Lock _gate = new();

    /// <summary>Starts now.</summary>
    public StageLoad(TimeProvider time, WorkCounters counters)
    {
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(counters);
        (_time, _counters) = (time, counters);
        _past.Enqueue((time.GetTimestamp(), counters.Snapshot()));
    }

    /// <summary>The load now; <see langword="null"/> in the first second.</summary>
    public StageLoadReading? Read()
    {
        lock (_gate)
        {
            var now = (At: _time.GetTimestamp(), Work: _counters.Snapshot());
            // The oldest one that is still within the span stays in front.
            while (_past.Count > 1 && _time.GetElapsedTime(_past.Peek().At, now.At) > Span)
                _past.Dequeue();
            var (from, before) = _past.Peek();
            var seconds = _time.GetElapsedTime(from, now.At).TotalSeconds;
            if (_time.GetElapsedTime(_past.Last().At, now.At) >= Step)
                _past.Enqueue(now);
            return seconds < Step.TotalSeconds ? null : StageLoadReading.Between(before, now.Work, seconds);
        }
    }
}

/// <summary>The load of each stage over a span.</summary>
/// <param name="ImagesPerSecond">Images classified.</param>
/// <param name="BusyPerSecond">Seconds of work per second, summed over a stage's workers.</param>
public sealed record StageLoadReading(double ImagesPerSecond, IReadOnlyDictionary<Stage, double> BusyPerSecond)
{
    /// <summary>What was done between two snapshots.</summary>
    /// <param name="seconds">Between them, above 0.</param>
    public static StageLoadReading Between(WorkSnapshot before, WorkSnapshot after, double seconds)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return new StageLoadReading(
            (after.Ok - before.Ok) / seconds,
            Enum.GetValues<Stage>()
                .ToDictionary(stage => stage, stage => (after.BusySeconds(stage) - before.BusySeconds(stage)) / seconds)
        );
    }
}
