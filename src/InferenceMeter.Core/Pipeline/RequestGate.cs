namespace InferenceMeter.Pipeline;

/// <summary>How the background load shares the machine with images that are asked for.</summary>
public enum Background
{
    /// <summary>It runs all the time; what is asked for goes before it.</summary>
    On,

    /// <summary>There is none.</summary>
    Off,

    /// <summary>It runs while nothing is asked for.</summary>
    Fill,
}

/// <summary>Knows whether images are asked for at present.</summary>
internal sealed class RequestGate(TimeProvider time)
{
    /// <summary>After the last answer: a client that asks one after the other is not done in between.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private int _inFlight;
    private long _lastEnded = long.MinValue;

    /// <summary>Images asked for and not answered.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public void Began() => Interlocked.Increment(ref _inFlight);

    public void Ended()
    {
        Volatile.Write(ref _lastEnded, time.GetTimestamp());
        Interlocked.Decrement(ref _inFlight);
    }

    /// <summary>Waits until nobody has asked for a while.</summary>
    public async ValueTask WhenQuietAsync(CancellationToken cancellation)
    {
        while (
            InFlight > 0
            || (
                Volatile.Read(ref _lastEnded) is var last && last != long.MinValue && time.GetElapsedTime(last) < Linger
            )
        )
            await Task.Delay(PollInterval, time, cancellation);
    }
}
