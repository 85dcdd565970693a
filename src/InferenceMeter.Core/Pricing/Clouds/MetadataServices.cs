using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace InferenceMeter.Pricing.Clouds;

/// <summary>Registers what finds out the machine and the HTTP client that asks for it.</summary>
internal static class MetadataServices
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>Adds a <see cref="CloudMetadata"/>; the services have a <see cref="TimeProvider"/>.</summary>
    /// <param name="services">What it is added to.</param>
    /// <param name="endpoint">Asked instead of all clouds; <see langword="null"/> for their own addresses.</param>
    public static IServiceCollection AddCloudMetadata(this IServiceCollection services, Uri? endpoint)
    {
        var client = services
            .AddHttpClient(MetadataClient.Name, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    UseProxy = false,
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    MaxResponseHeadersLength = 16,
                }
            );
        client.AddResilienceHandler(
            "once more",
            (builder, context) =>
            {
                builder.TimeProvider = context.ServiceProvider.GetRequiredService<TimeProvider>();
                builder.AddRetry(OnceMore());
            }
        );
        client.AddHttpMessageHandler(() => new WholeBodyHandler(MaxBytes));
        return services.AddSingleton(provider => new CloudMetadata(
            provider.GetRequiredService<IHttpClientFactory>(),
            endpoint,
            provider.GetRequiredService<TimeProvider>()
        ));
    }

    /// <summary>
    /// Again at once, and once only: a service that closes a kept connection just as the next question is sent is well.
    /// </summary>
    private static HttpRetryStrategyOptions OnceMore() =>
        new()
        {
            MaxRetryAttempts = 1,
            BackoffType = DelayBackoffType.Constant,
            UseJitter = false,
            Delay = TimeSpan.Zero,
            ShouldRetryAfterHeader = false,
            ShouldHandle = tried =>
                ValueTask.FromResult(
                    tried.Outcome.Exception
                        is HttpRequestException
                        {
                            HttpRequestError: HttpRequestError.ResponseEnded
                                or HttpRequestError.Unknown
                                or HttpRequestError.InvalidResponse
                        }
                ),
        };
}
