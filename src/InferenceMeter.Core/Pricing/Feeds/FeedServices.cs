using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace InferenceMeter.Pricing.Feeds;

/// <summary>Registers the price service and the HTTP client that asks it.</summary>
internal static class FeedServices
{
    /// <summary>Adds an <see cref="AzureRetailPrices"/>; the services have a <see cref="TimeProvider"/>.</summary>
    /// <param name="services">What it is added to.</param>
    /// <param name="endpoint">Address of the service; <c>http</c> or <c>https</c>.</param>
    /// <param name="options">How long and how often it is asked.</param>
    public static IServiceCollection AddAzureRetailPrices(
        this IServiceCollection services,
        Uri endpoint,
        FeedRetryOptions options
    )
    {
        var client = services.AddHttpClient(FeedHttp.ClientName, http => http.Timeout = Timeout.InfiniteTimeSpan);
        client.AddResilienceHandler(
            "retries",
            (builder, context) =>
            {
                builder.TimeProvider = context.ServiceProvider.GetRequiredService<TimeProvider>();
                builder.AddRetry(Retries(options)).AddCircuitBreaker(Circuit(options)).AddTimeout(options.PerTry);
            }
        );
        client.AddHttpMessageHandler(provider => new FeedAnswerHandler(provider.GetRequiredService<TimeProvider>()));
        return services.AddSingleton(provider => new AzureRetailPrices(
            provider.GetRequiredService<IHttpClientFactory>(),
            endpoint,
            provider.GetRequiredService<TimeProvider>(),
            options
        ));
    }

    private static HttpRetryStrategyOptions Retries(FeedRetryOptions options) =>
        new()
        {
            ShouldHandle = tried =>
                ValueTask.FromResult(
                    FeedHttp.MayPass(tried.Outcome.Exception)
                        && !(RetryAfter(tried.Outcome.Exception) > options.MaxRetryAfter)
                ),
            MaxRetryAttempts = options.Retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = options.FirstDelay,
            DelayGenerator = tried => ValueTask.FromResult(RetryAfter(tried.Outcome.Exception)),
        };

    private static HttpCircuitBreakerStrategyOptions Circuit(FeedRetryOptions options) =>
        new()
        {
            ShouldHandle = tried => ValueTask.FromResult(FeedHttp.MayPass(tried.Outcome.Exception)),
            FailureRatio = 0.6,
            MinimumThroughput = options.CircuitTries,
            SamplingDuration = options.CircuitWindow,
            BreakDuration = options.CircuitBreak,
        };

    private static TimeSpan? RetryAfter(Exception? failed) => (failed as FeedRefusal)?.RetryAfter;
}
