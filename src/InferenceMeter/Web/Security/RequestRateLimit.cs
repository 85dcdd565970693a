using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using InferenceMeter.Composition;
using InferenceMeter.Settings;

namespace InferenceMeter.Web.Security;

/// <summary>The limit of requests per second that one caller may have classified.</summary>
internal static class RequestRateLimit
{
    /// <summary>The name of the policy; endpoints that classify carry it.</summary>
    public const string Policy = "classify";

    private const string KeyHolder = "key";

    /// <summary>Limits callers by key, or by address where they have none.</summary>
    public static IServiceCollection AddRequestRateLimit(this IServiceCollection services, ServiceSettings settings) =>
        services
            .AddSingleton<StreamRateLimit>()
            .AddRateLimiter(limiter =>
            {
                if (settings.RateLimit is not { } perSecond)
                {
                    limiter.AddPolicy(Policy, _ => RateLimitPartition.GetNoLimiter(""));
                    return;
                }

                limiter.AddPolicy(
                    Policy,
                    context => RateLimitPartition.GetTokenBucketLimiter(Caller(context), _ => Bucket(perSecond))
                );
                limiter.OnRejected = (rejected, _) => new ValueTask(RefuseAsync(rejected.HttpContext, perSecond));
            });

    /// <summary>What a caller above the limit is told.</summary>
    public static string Message(int perSecond) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"more than {perSecond:#,0} requests a second from you; come again in a second"
        );

    /// <summary>Counts a request that was refused.</summary>
    public static void CountRefusal(Meter meter)
    {
        meter.Counters.AddHandedOut(requested: true);
        meter.Counters.AddRejected(requested: true);
    }

    /// <summary>The requests of one caller.</summary>
    public static TokenBucketRateLimiterOptions Bucket(int perSecond) =>
        new()
        {
            TokenLimit = perSecond,
            TokensPerPeriod = Math.Max(1, perSecond / 10),
            ReplenishmentPeriod = TimeSpan.FromSeconds(perSecond < 10 ? 1.0 / perSecond : 0.1),
            QueueLimit = 0,
        };

    private static Task RefuseAsync(HttpContext context, int perSecond)
    {
        CountRefusal(context.RequestServices.GetRequiredService<Meter>());
        return RefusalWriter.WriteAsync(
            context,
            new Refusal(StatusCodes.Status429TooManyRequests, Message(perSecond))
            {
                Title = "Too fast",
                RetryAfter = TimeSpan.FromSeconds(1),
            }
        );
    }

    /// <summary>Who asks: the holder of the key, or an address.</summary>
    public static string Caller(HttpContext context)
    {
        if (context.User.Identity is { IsAuthenticated: true })
            return KeyHolder;
        // No address means an in-process test host, which is this machine.
        var address = context.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }
}
