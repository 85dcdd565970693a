using InferenceMeter.History;

namespace InferenceMeter.Hosting;

/// <summary>Keeps the last day in memory, a sample every five seconds, for drawings.</summary>
internal sealed class SeriesSampler(MeterParts parts) : BackgroundService
{
    /// <summary>Between samples.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    /// <summary>That is kept.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(1);

    private readonly long _start = parts.Time.GetTimestamp();

    public RecentSeries Series { get; } = new((int)(Kept / Step) + 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Step, parts.Time);
        do Series.Add(
            new SeriesSample(
                parts.Time.GetUtcNow(),
                parts.Time.GetElapsedTime(_start).TotalSeconds,
                parts.Counters.Snapshot().Ok,
                parts.Prices.TotalSpent()
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
