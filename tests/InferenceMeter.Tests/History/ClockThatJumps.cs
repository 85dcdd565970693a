namespace InferenceMeter.Tests.History;

/// <summary>UTC and the monotonic clock, which move together until UTC is set.</summary>
internal sealed class ClockThatJumps(DateTimeOffset utc) : TimeProvider
{
    private DateTimeOffset _utc = utc;
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _utc;

    public override long GetTimestamp() => _ticks;

    public void Advance(TimeSpan time) => (_utc, _ticks) = (_utc + time, _ticks + time.Ticks);

    public void Jump(TimeSpan time) => _utc += time;
}
