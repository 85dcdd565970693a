using InferenceMeter.Metering;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Metering;

/// <summary>
/// An engine that works one batch after another on a clock of its own, and a meter that is read at every whole second.
/// </summary>
internal sealed class MeterSimulation
{
    private readonly FakeTimeProvider _time = new();
    private readonly long _start;
    private readonly bool _reads;
    private long _nextRead;

    public MeterSimulation(MeterOptions? options = null, bool reads = true)
    {
        _reads = reads;
        _start = _time.GetTimestamp();
        _nextRead = _start + _time.TimestampFrequency;
        Meter = new ThroughputMeter(_time, options ?? new MeterOptions());
    }

    public ThroughputMeter Meter { get; }

    public List<MeterReading> Readings { get; } = [];

    public long Frequency => _time.TimestampFrequency;

    /// <summary>Seconds since the start.</summary>
    public double Now => _time.GetElapsedTime(_start).TotalSeconds;

    public double SecondsOf(long timestamp) => _time.GetElapsedTime(_start, timestamp).TotalSeconds;

    /// <summary>
    /// Works until <paramref name="until"/> seconds from the start; the batch then in hand is finished first.
    /// </summary>
    public void Work(double until, Func<double> batchSeconds, int images = 32, double pause = 0)
    {
        while (Now < until)
        {
            Meter.BatchStarted();
            Pass(batchSeconds());
            Meter.BatchFinished(images);
            if (pause > 0)
                Pass(pause);
        }
    }

    public void Work(double until, double batchSeconds, int images = 32, double pause = 0) =>
        Work(until, () => batchSeconds, images, pause);

    /// <summary>Time goes by.</summary>
    public void Pass(double seconds)
    {
        var end = _time.GetTimestamp() + (long)Math.Round(seconds * Frequency);
        for (; _reads && _nextRead <= end; _nextRead += Frequency)
        {
            Advance(_nextRead);
            Readings.Add(Meter.Read());
        }

        Advance(end);
    }

    /// <summary>The states in the order they came, without repetition.</summary>
    public MeasurementState[] States()
    {
        var states = new List<MeasurementState>();
        foreach (var reading in Readings)
        {
            if (states.Count == 0 || states[^1] != reading.State)
                states.Add(reading.State);
        }

        return [.. states];
    }

    private void Advance(long to) =>
        _time.Advance(TimeSpan.FromTicks((to - _time.GetTimestamp()) * TimeSpan.TicksPerSecond / Frequency));
}
