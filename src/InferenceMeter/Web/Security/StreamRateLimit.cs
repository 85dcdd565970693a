using System.Threading.RateLimiting;
using InferenceMeter.Composition;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Settings;

namespace InferenceMeter.Web.Security;

/// <summary>
/// The limit of requests per second inside streams over gRPC: for HTTP a stream is one request, however many it
/// carries.
/// </summary>
internal sealed class StreamRateLimit(ServiceSettings settings, Meter meter) : IDisposable
{
    private readonly PartitionedRateLimiter<HttpContext>? _limiter = settings.RateLimit is { } perSecond
        ? PartitionedRateLimiter.Create<HttpContext, string>(context =>
            RateLimitPartition.GetTokenBucketLimiter(
                RequestRateLimit.Caller(context),
                _ => RequestRateLimit.Bucket(perSecond)
            )
        )
        : null;

    /// <summary>Counts a request of a stream.</summary>
    /// <param name="context">Of the stream.</param>
    /// <exception cref="RequestRefusedException">The caller has had as many in this second.</exception>
    public void Count(HttpContext context)
    {
        if (_limiter is null)
            return;
        using var lease = _limiter.AttemptAcquire(context);
        if (lease.IsAcquired)
            return;
        RequestRateLimit.CountRefusal(meter);
        throw new RequestRefusedException(
            RefusalReason.Full,
            RequestRateLimit.Message(settings.RateLimit!.Value),
            TimeSpan.FromSeconds(1)
        );
    }

    public void Dispose() => _limiter?.Dispose();
}
