using System.Globalization;
using System.Net;
using System.Threading.RateLimiting;
using InferenceMeter.Composition;
using InferenceMeter.Settings;
using InferenceMeter.Web.Api;
using InferenceMeter.Web.Page;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace InferenceMeter.Web.Security;

/// <summary>What stands between the network and the meter: addresses, limits, keys, rates, headers.</summary>
internal static class ServiceGuards
{
    /// <summary>Name of the policy that limits the rate of requests that are classified.</summary>
    public const string RateLimit = "classify";

    private const int Streams = 1024;
    private const int Connections = 10_000;

    /// <summary>Listens where the settings say: HTTP/1.1 on one set of addresses, gRPC's HTTP/2 on the other.</summary>
    public static void Listen(WebApplicationBuilder builder, ServiceSettings settings)
    {
        var endpoints = Addresses(settings.Urls)
            .Select((url, i) => ($"Rest{i}", url, "Http1"))
            .Concat(Addresses(settings.GrpcUrls ?? "").Select((url, i) => ($"Grpc{i}", url, "Http2")));
        builder.Configuration.AddInMemoryCollection(
            endpoints.SelectMany(endpoint =>
                new[]
                {
                    KeyValuePair.Create<string, string?>($"Kestrel:Endpoints:{endpoint.Item1}:Url", endpoint.url),
                    KeyValuePair.Create<string, string?>(
                        $"Kestrel:Endpoints:{endpoint.Item1}:Protocols",
                        endpoint.Item3
                    ),
                }
            )
        );
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Configure(builder.Configuration.GetSection("Kestrel"));
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.MaxRequestBytes;
            kestrel.Limits.MaxConcurrentConnections = Connections;
            kestrel.Limits.Http2.MaxStreamsPerConnection = Streams;
            // An image in one piece: with the usual window of 96 KB it would wait for the network to say that it may go
            // on.
            (kestrel.Limits.Http2.InitialStreamWindowSize, kestrel.Limits.Http2.InitialConnectionWindowSize) = (
                4 * 1024 * 1024,
                16 * 1024 * 1024
            );
            // A body that comes more slowly than this is not waited for.
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(
                bytesPerSecond: 1024,
                gracePeriod: TimeSpan.FromSeconds(5)
            );
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
    }

    /// <summary>The rate limiter of requests that are classified, by key or else by address.</summary>
    public static IServiceCollection AddServiceGuards(this IServiceCollection services, ServiceSettings settings) =>
        services.AddRateLimiter(limiter =>
        {
            limiter.AddPolicy(
                RateLimit,
                context =>
                    settings.RateLimit is { } perSecond
                        ? RateLimitPartition.GetTokenBucketLimiter(
                            Caller(context),
                            _ => new TokenBucketRateLimiterOptions
                            {
                                TokenLimit = perSecond,
                                TokensPerPeriod = Math.Max(1, perSecond / 10),
                                ReplenishmentPeriod = TimeSpan.FromSeconds(perSecond < 10 ? 1.0 / perSecond : 0.1),
                                QueueLimit = 0,
                            }
                        )
                        : RateLimitPartition.GetNoLimiter("")
            );
            limiter.OnRejected = async (rejected, _) =>
            {
                var counters = rejected.HttpContext.RequestServices.GetRequiredService<Meter>().Counters;
                counters.AddHandedOut(requested: true);
                counters.AddRejected(requested: true);
                rejected.HttpContext.Response.Headers.RetryAfter = "1";
                await ServingProblems
                    .Problem(
                        StatusCodes.Status429TooManyRequests,
                        "Too fast",
                        $"more than {settings.RateLimit!.Value.ToString("#,0", CultureInfo.InvariantCulture)} "
                            + "requests a second from you; come again in a second"
                    )
                    .ExecuteAsync(rejected.HttpContext);
            };
        });

    /// <summary>
    /// Headers that keep a browser from doing more with an answer than showing it, and the key where all needs one.
    /// </summary>
    public static void UseServiceGuards(this WebApplication app, ServiceSettings settings)
    {
        app.Use(
            async (context, next) =>
            {
                var headers = context.Response.Headers;
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY";
                headers["Referrer-Policy"] = "no-referrer";
                // A report is one document with its style in it, and loads nothing.
                headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
                if (
                    settings.ApiKeyFor == "all"
                    && !IsHealth(context.Request.Path)
                    && !PageFiles.Has(context.Request.Path)
                    && !context.RequestServices.GetRequiredService<ApiKey>().Admits(context.Request)
                )
                {
                    await TypedResults
                        .Problem(
                            $"This meter answers with the API key in the header {ApiKey.Header} or as "
                                + "Authorization: Bearer alone.",
                            statusCode: StatusCodes.Status401Unauthorized
                        )
                        .ExecuteAsync(context);
                    return;
                }

                await next(context);
            }
        );
        app.UseRateLimiter();
    }

    private static bool IsHealth(PathString path) =>
        path.StartsWithSegments("/healthz") || path.StartsWithSegments("/v2/health");

    private static string Caller(HttpContext context) =>
        context.RequestServices.GetRequiredService<ApiKey>().Admits(context.Request) ? "key"
        : context.Connection.RemoteIpAddress is { } address
            ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()
        : IPAddress.Loopback.ToString();

    private static string[] Addresses(string urls) =>
        urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
