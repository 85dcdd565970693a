using InferenceMeter.Metering;

namespace InferenceMeter.Telemetry;

/// <summary>
/// One reading for all the instruments of a scrape: they would disagree with each other, and cost more, if each took
/// its own.
/// </summary>
internal sealed class ScrapeReading(Func<MeterReading> read, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private MeterReading? _last;
    private long _readAt;

    public MeterReading Get()
    {
        lock (_gate)
        {
            if (_last is not null && time.GetElapsedTime(_readAt) < Fresh)
                return _last;
            _readAt = time.GetTimestamp();
            return _last = read();
        }
    }
}
