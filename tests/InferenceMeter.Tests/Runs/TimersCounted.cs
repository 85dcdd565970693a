using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Runs;

/// <summary>A clock that the test moves, and that tells when somebody has begun to wait on it.</summary>
internal sealed class TimersCounted : FakeTimeProvider
{
    private int _timers;

    /// <summary>Timers made so far.</summary>
    public int Timers => Volatile.Read(ref _timers);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _timers);
        return timer;
    }
}
