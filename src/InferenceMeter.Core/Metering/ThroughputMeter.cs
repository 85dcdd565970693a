namespace InferenceMeter.Metering;

/// <summary>
/// Throughput with a confidence interval, over windows of 10 s, 1 min, 5 min and since the end of warm-up, from nothing
/// but the start and
/// the end of each batch. Uses only the monotonic clock. Thread-safe; <see cref="BatchStarted"/> and
/// <see cref="BatchFinished"/> allocate nothing.
/// Read it about once a second; five minutes without a reading are caught up with.
/// </summary>
public sealed class ThroughputMeter
{
    private static readonly (MeasurementWindow Window, double Seconds)[] Spans =
    [
        (MeasurementWindow.TenSeconds, 10),
        (MeasurementWindow.OneMinute, 60),
        (MeasurementWindow.FiveMinutes, 300),
    ];

    private readonly CompletionLog _log;
    private readonly CompletionHistory _history;
    private readonly MeterState _state;
    private readonly MeterOptions _options;
    private readonly Lock _reader = new();
    private readonly long _startedAt;
    private SegmentLog? _segments;

    /// <summary>Starts now.</summary>
    public ThroughputMeter(TimeProvider time, MeterOptions options)
    {
        _options = options;
        _startedAt = time.GetTimestamp();
        _log = new CompletionLog(time, options.Resolution, TimeSpan.FromSeconds(310));
        _history = new CompletionHistory(_log, time.TimestampFrequency);
        _state = new MeterState(_history, options, _startedAt);
    }

    /// <summary>A batch begins to execute; called from any thread, batches may overlap.</summary>
    public void BatchStarted() => _log.Started();

    /// <summary>A batch has executed.</summary>
    /// <param name="imagesOk">Images classified by it; 0 when it failed.</param>
    public void BatchFinished(int imagesOk) => _log.Finished(imagesOk);

    /// <summary>What can be said now.</summary>
    public MeterReading Read()
    {
        lock (_reader)
        {
            _history.Refresh();
            _state.CatchUp();
            var totals = _history.Totals;
            return new MeterReading
            {
                At = totals.Now,
                State = _state.State,
                StateReason = _state.Reason,
                StartedAt = _startedAt,
                SteadySince = _state.SteadySince,
                Windows = Windows(totals.Now),
                Capacity = _state.Capacity,
                RecentImagesPerSecond = Recent(totals.Now),
                Segments = _segments?.All(SilenceUntil(totals.Now)) ?? [],
                TotalImages = totals.Images,
                TotalBatches = totals.Batches,
                TotalWallSeconds = _history.Seconds(totals.Now - _startedAt),
                TotalBusySeconds = _history.Seconds(totals.BusyTicks),
                InFlight = totals.InFlight,
            };
        }
    }

    private List<WindowReading> Windows(long now)
    {
        var windows = new List<WindowReading>(Spans.Length + 1);
        if (_state.SteadySince is not { } steady)
            return windows;
        var (earliest, last) = (_history.FirstAtOrAfter(steady), _history.Count - 1);
        if (earliest > last)
            return windows;
        foreach (var (window, seconds) in Spans)
        {
            var first = Math.Max(earliest, _history.LastAtOrBefore(now - _history.Ticks(seconds)));
            windows.Add(
                Window(
                    window,
                    _history[first],
                    now,
                    _history.Silence(first, last, now),
                    _history.IntervalsAndSilence(first, last, now)
                )
            );
        }

        _segments ??= new SegmentLog(_history[earliest], _history);
        _segments.Feed();
        var silence = SilenceUntil(now);
        windows.Add(
            Window(MeasurementWindow.SinceStart, _segments.Origin, now, silence is not null, _segments.All(silence))
        );
        return windows;
    }

    private MeterSegment? SilenceUntil(long now)
    {
        var last = _history.Count - 1;
        if (!_history.Silence(last, last, now))
            return null;
        return new MeterSegment(
            0,
            _history.Seconds(now - _history[last].At),
            _history.Seconds(_history.Totals.BusyTicks - _history[last].BusyTicks)
        );
    }

    private WindowReading Window(
        MeasurementWindow window,
        Completion from,
        long now,
        bool silent,
        ReadOnlySpan<MeterSegment> segments
    )
    {
        var (totals, last) = (_history.Totals, _history[_history.Count - 1]);
        var quotable = _state.State == MeasurementState.Steady;
        return new WindowReading
        {
            Window = window,
            From = from.At,
            To = silent ? now : last.At,
            Images = last.Images - from.Images,
            WallSeconds = _history.Seconds((silent ? now : last.At) - from.At),
            BusySeconds = _history.Seconds((silent ? totals.BusyTicks : last.BusyTicks) - from.BusyTicks),
            ImagesPerSecond = quotable ? RatioEstimate.Of(segments, busy: false, _options.MinGroups) : null,
            ImagesPerBusySecond = quotable ? RatioEstimate.Of(segments, busy: true, _options.MinGroups) : null,
        };
    }

    private double? Recent(long now)
    {
        var last = _history.Count - 1;
        if (last < 1)
            return null;
        var first = Math.Max(0, _history.LastAtOrBefore(now - _history.Ticks(10)));
        var end = _history.Silence(first, last, now) ? now : _history[last].At;
        var ticks = end - _history[first].At;
        return ticks > 0 ? (_history[last].Images - _history[first].Images) / _history.Seconds(ticks) : null;
    }
}
