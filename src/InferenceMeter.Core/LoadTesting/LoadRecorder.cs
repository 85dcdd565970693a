using HdrHistogram;

namespace InferenceMeter.LoadTesting;

/// <summary>Latencies, lags and outcomes of a run, from any thread.</summary>
internal sealed class LoadRecorder(LoadPlan plan)
{
    /// <summary>Three digits from a microsecond to an hour.</summary>
    private const long MostMicroseconds = 3_600_000_000;

    private readonly Lock _gate = new();
    private readonly LongHistogram _latency = new(MostMicroseconds, 3);
    private readonly LongHistogram _lag = new(MostMicroseconds, 3);
    private long _ok;
    private long _rejected;
    private long _errors;
    private long _late;
    private double _lastAnswer;
    private long _answered;

    /// <summary>
    /// A query was answered at an instant that counts, whenever it was scheduled: throughput is what comes out in the
    /// measured time.
    /// </summary>
    public void Answered() => Interlocked.Increment(ref _answered);

    /// <summary>A query was sent so much after it was scheduled.</summary>
    public void Sent(double lagSeconds)
    {
        lock (_gate)
            _lag.RecordValue(Microseconds(lagSeconds));
    }

    /// <summary>A query has its answer, or will not have one.</summary>
    /// <param name="at">When, seconds from the start of what is measured.</param>
    public void Done(QueryOutcome outcome, double latencySeconds, double at)
    {
        lock (_gate)
        {
            _lastAnswer = Math.Max(_lastAnswer, at);
            if (outcome == QueryOutcome.Rejected)
                _rejected++;
            else if (outcome == QueryOutcome.Error)
                _errors++;
            else
                _ok++;
            if (outcome != QueryOutcome.Ok || latencySeconds > plan.BoundSeconds)
                _late++;
            if (outcome == QueryOutcome.Ok)
                _latency.RecordValue(Microseconds(latencySeconds));
        }
    }

    /// <summary>What was seen until now.</summary>
    public LoadFigures Read()
    {
        lock (_gate)
        {
            return new LoadFigures
            {
                Ok = _ok,
                Rejected = _rejected,
                Errors = _errors,
                Late = _late,
                LastAnswer = _lastAnswer,
                Answered = Interlocked.Read(ref _answered),
                Latency = _latency.TotalCount > 0 ? Percentiles(_latency) : null,
                LagP99 = _lag.TotalCount > 0 ? _lag.GetValueAtPercentile(99) / 1e6 : null,
                LagMax = _lag.TotalCount > 0 ? _lag.GetMaxValue() / 1e6 : null,
            };
        }
    }

    private static LoadLatency Percentiles(LongHistogram histogram)
    {
        double At(double percentile) => histogram.GetValueAtPercentile(percentile) / 1e6;
        return new LoadLatency
        {
            Mean = histogram.GetMean() / 1e6,
            P50 = At(50),
            P90 = At(90),
            P95 = At(95),
            P99 = At(99),
            P999 = At(99.9),
            P9999 = At(99.99),
            Max = histogram.GetMaxValue() / 1e6,
        };
    }

    private static long Microseconds(double seconds) => Math.Clamp((long)(seconds * 1e6), 1, MostMicroseconds);
}

/// <summary>Percentiles in seconds, within 0.1 % of the value.</summary>
public sealed record LoadLatency
{
    public required double Mean { get; init; }

    public required double P50 { get; init; }

    public required double P90 { get; init; }

    public required double P95 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    public required double P9999 { get; init; }

    public required double Max { get; init; }
}

/// <summary>Counts and percentiles of the queries that count.</summary>
internal readonly record struct LoadFigures
{
    public required long Ok { get; init; }

    public required long Rejected { get; init; }

    public required long Errors { get; init; }

    public required long Late { get; init; }

    /// <summary>Seconds from the start of what is measured.</summary>
    public required double LastAnswer { get; init; }

    /// <summary>Queries answered within the measured time, whenever they were scheduled.</summary>
    public required long Answered { get; init; }

    /// <summary>Of answered queries; <see langword="null"/> when there are none.</summary>
    public required LoadLatency? Latency { get; init; }

    /// <summary>
    /// Seconds by which queries were sent after they were scheduled; <see langword="null"/> when nothing was scheduled.
    /// </summary>
    public required double? LagP99 { get; init; }

    public required double? LagMax { get; init; }
}
