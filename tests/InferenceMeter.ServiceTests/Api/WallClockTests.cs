using InferenceMeter.Pipeline;
using InferenceMeter.Settings;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>The meter on a machine whose calendar is set while it runs.</summary>
public sealed class WallClockTests
{
    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(0.5);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_wall_clock_that_is_set_changes_no_figure()
    {
        // Only the calendar: what measures is the other clock, which nobody can set.
        var settings = new MeterSettings
        {
            Pricing = new PricingSettings { UsdPerHour = 2.49m },
            Images = new ImageSettings { SyntheticPhotos = 2 },
        };
        var clock = new SetClock(_time);
        var meter = await settings.OpenAsync(
            new Engine([new FakeGpu(0, "00000000:01:00.0")], new EngineConfiguration(1, 1, 32, 2), 8000),
            clock
        );
        await using var host = new MeterHost(meter, settings);
        for (var batch = 0; batch < 240; batch++)
        {
            if (batch == 120)
                clock.By = TimeSpan.FromDays(-400);
            if (batch == 200)
                clock.By = TimeSpan.FromDays(30);
            meter.Throughput.BatchStarted();
            _time.Advance(BatchTime);
            meter.Counters.AddOk(32, 0);
            meter.Throughput.BatchFinished(32);
            meter.Throughput.Read();
        }

        var reading = await MeterApiTests.Json(host.Client, "/api/v1/meter");

        Assert.Equal("steady", reading.GetProperty("state").GetString());
        Assert.Equal(2.49 / 3600 / 64 * 1e9, Readings.Wall(reading, "1m"), 1e-3);
        Assert.Equal(120 * 2.49 / 3600, reading.GetProperty("spentUsd").GetDouble(), 1e-5);
        Assert.InRange(reading.GetProperty("price").GetProperty("ageDays").GetInt32(), 0, 31);
    }

    /// <summary>A machine whose calendar somebody sets.</summary>
    private sealed class SetClock(FakeTimeProvider inner) : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + By;

        public override long GetTimestamp() => inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            inner.CreateTimer(callback, state, dueTime, period);
    }
}
