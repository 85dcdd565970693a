using System.Runtime.CompilerServices;
using InferenceMeter.Composition;
using InferenceMeter.Documents;
using Microsoft.AspNetCore.Http.HttpResults;

namespace InferenceMeter.Web.Api;

/// <summary><c>/api/v1/meter</c>: the reading, once or as a stream.</summary>
internal static class MeterEndpoints
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static void MapMeter(this IEndpointRouteBuilder api)
    {
        api.MapGet("/meter", (Meter meter) => TypedResults.Ok(ReadingDocument.From(meter.Snapshot())))
            .WithName("GetReading")
            .WithSummary("The reading now: images/s, $/billion, state, and what is behind them.");
        api.MapGet(
                "/meter/stream",
                (Meter meter, IHostApplicationLifetime lifetime, CancellationToken gone) =>
                    Stream(meter, lifetime, gone)
            )
            .WithName("StreamReadings")
            .WithSummary("One reading per second, as server-sent events named 'reading'.");
    }

    private static ServerSentEventsResult<ReadingDocument> Stream(
        Meter meter,
        IHostApplicationLifetime lifetime,
        CancellationToken gone
    ) => TypedResults.ServerSentEvents(Readings(meter, lifetime, gone), "reading");

    private static async IAsyncEnumerable<ReadingDocument> Readings(
        Meter meter,
        IHostApplicationLifetime lifetime,
        [EnumeratorCancellation] CancellationToken gone
    )
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(gone, lifetime.ApplicationStopping);
        using var timer = new PeriodicTimer(Interval, meter.Time);
        do
        {
            yield return ReadingDocument.From(meter.Snapshot());
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
