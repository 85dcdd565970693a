using System.Runtime.CompilerServices;
using InferenceMeter.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Api;

/// <summary><c>/api/v1/meter</c>: the reading, once or as a stream.</summary>
internal static class MeterEndpoints
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static void MapMeter(this IEndpointRouteBuilder api)
    {
        api.MapGet("/meter", (MeterService meter) => TypedResults.Ok(meter.Read()))
            .WithName("GetReading")
            .WithSummary("The reading now: images/s, $/billion, state, and what is behind them.");
        api.MapGet(
                "/meter/stream",
                (MeterService meter, IHostApplicationLifetime lifetime, CancellationToken gone) =>
                    Stream(meter, lifetime, gone)
            )
            .WithName("StreamReadings")
            .WithSummary("A reading a second as server-sent events named 'reading'.");
    }

    private static ServerSentEventsResult<ReadingDocument> Stream(
        MeterService meter,
        IHostApplicationLifetime lifetime,
        CancellationToken gone
    ) => TypedResults.ServerSentEvents(Readings(meter, lifetime, gone), "reading");

    private static async IAsyncEnumerable<ReadingDocument> Readings(
        MeterService meter,
        IHostApplicationLifetime lifetime,
        [EnumeratorCancellation] CancellationToken gone
    )
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(gone, lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(Interval, meter.Time);
        do
        {
            yield return meter.Read();
        } while (await Next(timer, ended.Token));
    }

    private static async ValueTask<bool> Next(PeriodicTimer timer, CancellationToken ended)
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
