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

    /// <summary>A query was answered at an instant that counts, whenever it was scheduled: throughput is what comes out in the measured time.</summary>
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
            return new LoadFigures(
                _ok,
                _rejected,
                _errors,
                _late,
                _lastAnswer,
                Interlocked.Read(ref _answered),
                _latency.TotalCount > 0 ? Percentiles(_latency) : null,
                _lag.TotalCount > 0 ? _lag.GetValueAtPercentile(99) / 1e6 : null,
                _lag.TotalCount > 0 ? _lag.GetMaxValue() / 1e6 : null
            );
        }
    }

    private static LoadLatency Percentiles(LongHistogram histogram)
    {
        double At(double percentile) => histogram.GetValueAtPercentile(percentile) / 1e6;
        return new LoadLatency(
            histogram.GetMean() / 1e6,
            At(50),
            At(90),
            At(95),
            At(99),
            At(99.9),
            At(99.99),
            histogram.GetMaxValue() / 1e6
        );
    }

    private static long Microseconds(double seconds) => Math.Clamp((long)(seconds * 1e6), 1, MostMicroseconds);
}

/// <summary>Percentiles in seconds, within 0.1 % of the value.</summary>
public sealed record LoadLatency(
    double Mean,
    double P50,
    double P90,
    double P95,
    double P99,
    double P999,
    double P9999,
    double Max
);

/// <summary>Counts and percentiles of the queries that count.</summary>
/// <param name="LastAnswer">Seconds from the start of what is measured.</param>
/// <param name="Answered">Queries answered within the measured time, whenever they were scheduled.</param>
/// <param name="Latency">Of answered queries; <see langword="null"/> when there are none.</param>
/// <param name="LagP99">Seconds by which queries were sent after they were scheduled; <see langword="null"/> when nothing was scheduled.</param>
internal readonly record struct LoadFigures(
    long Ok,
    long Rejected,
    long Errors,
    long Late,
    double LastAnswer,
    long Answered,
    LoadLatency? Latency,
    double? LagP99,
    double? LagMax
);
