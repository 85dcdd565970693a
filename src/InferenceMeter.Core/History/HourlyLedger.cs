namespace InferenceMeter.History;

/// <summary>
/// Cuts what the meter counted into UTC hours. How long something took comes from the monotonic clock and only the name
/// of the hour
/// from UTC, so a clock that is set back or ahead moves work to another hour but neither loses nor doubles it.
/// Thread-safe.
/// </summary>
public sealed class HourlyLedger
{
    // A trillionth of a dollar: sums of such decimals are exact up to 10^16 USD, and the rounding of a total is not
    // summed.
    private const int MoneyDecimals = 12;

    private readonly TimeProvider _time;
    private readonly string _machine;
    private readonly long _startedAt;
    private readonly Lock _gate = new();
    private LedgerTotals _told = new LedgerTotals
    {
        ImagesOk = 0,
        ImagesFailed = 0,
        BusySeconds = 0,
        SpentUsd = 0,
        EnergyJoules = null,
    };
    private TimeSpan _toldTime;

    /// <summary>Counting starts now, from 0.</summary>
    public HourlyLedger(TimeProvider time, string machine)
    {
        _time = time;
        _machine = machine;
        _startedAt = time.GetTimestamp();
    }

    /// <summary>
    /// What came since the last call, an entry for each hour that it touches, oldest first; empty when nothing did.
    /// Spread evenly over
    /// the time since that call; the entries add up to the difference exactly, money to 10^-12 USD. A figure that fell
    /// counts as
    /// unchanged until it is above its highest again.
    /// </summary>
    public IReadOnlyList<HourRecord> Advance(LedgerTotals totals)
    {
        lock (_gate)
        {
            var elapsed = _time.GetElapsedTime(_startedAt);
            var duration = elapsed > _toldTime ? elapsed - _toldTime : TimeSpan.Zero;
            var reached = Reached(totals);
            if (duration == TimeSpan.Zero && reached == _told)
                return [];
            var parts = Split(_time.GetUtcNow().UtcDateTime, duration, _told, reached);
            (_told, _toldTime) = (reached, _toldTime + duration);
            return parts;
        }
    }

    private LedgerTotals Reached(LedgerTotals totals) =>
        new LedgerTotals
        {
            ImagesOk = Math.Max(totals.ImagesOk, _told.ImagesOk),
            ImagesFailed = Math.Max(totals.ImagesFailed, _told.ImagesFailed),
            BusySeconds = Highest(totals.BusySeconds, _told.BusySeconds),
            SpentUsd = Math.Max(Math.Round(totals.SpentUsd, MoneyDecimals), _told.SpentUsd),
            EnergyJoules = totals.EnergyJoules is { } joules
                ? Highest(joules, _told.EnergyJoules ?? 0)
                : _told.EnergyJoules,
        };

    private static double Highest(double value, double told) => double.IsFinite(value) ? Math.Max(value, told) : told;

    private List<HourRecord> Split(DateTime end, TimeSpan duration, LedgerTotals from, LedgerTotals to)
    {
        // The stretch ends now by the present clock: after a jump that clock is the one to believe.
        var start =
            end.Ticks > duration.Ticks ? end - duration : DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc);
        var parts = new List<HourRecord>(capacity: 1);
        var done = new LedgerTotals
        {
            ImagesOk = 0,
            ImagesFailed = 0,
            BusySeconds = 0,
            SpentUsd = 0,
            EnergyJoules = null,
        };
        for (var (at, doneTicks) = (start, 0L); ; )
        {
            var hour = new DateTime(at.Ticks - at.Ticks % TimeSpan.TicksPerHour, DateTimeKind.Utc);
            var last = end.Ticks - hour.Ticks <= TimeSpan.TicksPerHour;
            var ticks = last ? duration.Ticks : doneTicks + hour.Ticks + TimeSpan.TicksPerHour - at.Ticks;
            var reached = Share(from, to, last ? 1 : ticks, last ? 1 : duration.Ticks);
            parts.Add(
                new HourRecord
                {
                    Hour = new DateTimeOffset(hour),
                    Machine = _machine,
                    WallSeconds = TimeSpan.FromTicks(ticks - doneTicks).TotalSeconds,
                    BusySeconds = reached.BusySeconds - done.BusySeconds,
                    ImagesOk = reached.ImagesOk - done.ImagesOk,
                    ImagesFailed = reached.ImagesFailed - done.ImagesFailed,
                    SpentUsd = reached.SpentUsd - done.SpentUsd,
                    EnergyJoules = reached.EnergyJoules - (done.EnergyJoules ?? 0),
                }
            );
            if (last)
                return parts;
            at = hour.AddTicks(TimeSpan.TicksPerHour);
            doneTicks = ticks;
            done = reached;
        }
    }

    /// <summary>
    /// What had come after <paramref name="ticks"/> of <paramref name="all"/>; cumulative, so that the differences add
    /// up.
    /// </summary>
    private static LedgerTotals Share(LedgerTotals from, LedgerTotals to, long ticks, long all) =>
        new LedgerTotals
        {
            ImagesOk = Share(to.ImagesOk - from.ImagesOk, ticks, all),
            ImagesFailed = Share(to.ImagesFailed - from.ImagesFailed, ticks, all),
            BusySeconds = (to.BusySeconds - from.BusySeconds) * ticks / all,
            SpentUsd =
                ticks == all
                    ? to.SpentUsd - from.SpentUsd
                    : Math.Round((to.SpentUsd - from.SpentUsd) * ((decimal)ticks / all), MoneyDecimals),
            EnergyJoules = (to.EnergyJoules - (from.EnergyJoules ?? 0)) * ticks / all,
        };

    private static long Share(long amount, long ticks, long all) => (long)((Int128)amount * ticks / all);
}
