namespace InferenceMeter.Images;

/// <summary>Delays that grow, for a reader that has a thread of its own to wait on.</summary>
/// <param name="time">Clock of the delays.</param>
internal sealed class Waiting(TimeProvider time)
{
    /// <summary>Before the first try again.</summary>
    public static TimeSpan First { get; } = TimeSpan.FromSeconds(1);

    /// <summary>They grow no further.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(30);

    /// <summary>The next delay; each is twice the one before.</summary>
    public TimeSpan Next { get; private set; } = First;

    /// <summary>Begins anew with the shortest.</summary>
    public void Reset() => Next = First;

    /// <summary>Blocks for the next delay.</summary>
    /// <returns><see langword="false"/> when it was stopped before.</returns>
    public bool Wait(CancellationToken stop)
    {
        using var due = new ManualResetEventSlim();
        using var timer = time.CreateTimer(_ => due.Set(), null, Next, Timeout.InfiniteTimeSpan);
        Next = TimeSpan.FromTicks(Math.Min(Longest.Ticks, Next.Ticks * 2));
        try
        {
            due.Wait(stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
