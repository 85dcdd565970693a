using InferenceMeter.Composition;
using InferenceMeter.History;

namespace InferenceMeter.Web.Api;

/// <summary>Keeps the last day in memory for charts, with a sample every five seconds.</summary>
internal sealed class SeriesSampler(Meter meter) : BackgroundService
{
    /// <summary>The time between two samples.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    /// <summary>How far back the samples go.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly long _start = meter.Time.GetTimestamp();

    public RecentSeries Series { get; } = new((int)(Kept / Step) + 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Step, meter.Time);
        do Series.Add(
            new SeriesSample(
                meter.Time.GetUtcNow(),
                meter.Time.GetElapsedTime(_start).TotalSeconds,
                meter.Counters.Snapshot().Ok,
                meter.Prices.TotalSpent()
            )
        );
        while (await Next(timer, stoppingToken));
    }

    private static async Task<bool> Next(PeriodicTimer timer, CancellationToken ended)
    {
        try
        {
            return await timer.WaitForNextTickAsync(ended);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
