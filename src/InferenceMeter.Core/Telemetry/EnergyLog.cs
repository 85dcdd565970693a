using InferenceMeter.Pricing;

namespace InferenceMeter.Telemetry;

/// <summary>Energy and images over about the last minute; who reads it keeps it fresh. Thread-safe.</summary>
/// <param name="time">Clock.</param>
/// <param name="joules">All hardware counters together, so far; <see langword="null"/> when none can be read.</param>
/// <param name="images">Classified so far.</param>
internal sealed class EnergyLog(TimeProvider time, Func<double?> joules, Func<long> images)
{
    private static readonly TimeSpan Span = TimeSpan.FromMinutes(1);

    /// <summary>Sensors tell a new figure once a second: a shorter span would be a large part error.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);

    private readonly Queue<(long At, double Joules, long Images)> _past = [];
    private readonly Lock _gate = new();

    /// <summary>
    /// What the images of late used; <see langword="null"/> without a counter, images, or ten seconds of both.
    /// </summary>
    public EnergyCost? Read()
    {
        if (joules() is not { } used)
            return null;
        lock (_gate)
        {
            var now = (At: time.GetTimestamp(), Joules: used, Images: images());
            // A count that has not moved was not read anew, and the time since then is not its own.
            if (_past.Count == 0 || now.Joules != _past.Last().Joules)
                _past.Enqueue(now);
            while (_past.Count > 2 && time.GetElapsedTime(_past.Peek().At, now.At) > Span)
                _past.Dequeue();
            var (from, to) = (_past.Peek(), _past.Last());
            var length = time.GetElapsedTime(from.At, to.At);
            return length >= Shortest && to.Images > from.Images
                ? new EnergyCost(to.Joules - from.Joules, to.Images - from.Images, length.TotalSeconds)
                : null;
        }
    }
}
