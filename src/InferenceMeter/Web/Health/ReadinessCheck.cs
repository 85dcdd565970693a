using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace InferenceMeter.Web.Health;

/// <summary>A health check that fails while there is a reason not to be ready.</summary>
/// <param name="notReady">Returns the reason; <see langword="null"/> when ready.</param>
internal sealed class ReadinessCheck(Func<string?> notReady) : IHealthCheck
{
    /// <summary>The name of the check of the meter: whether its figures may be trusted.</summary>
    public const string Meter = "meter";

    /// <summary>The name of the check of inference: whether requests to classify are answered.</summary>
    public const string Inference = "inference";

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(notReady() is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy());

    /// <summary>Registers a check over a service.</summary>
    /// <param name="checks">The checks of the application.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="notReady">Returns the reason not to be ready; <see langword="null"/> when ready.</param>
    public static IHealthChecksBuilder Add<T>(IHealthChecksBuilder checks, string name, Func<T, string?> notReady)
        where T : notnull =>
        checks.Add(
            new HealthCheckRegistration(
                name,
                services => new ReadinessCheck(() => notReady(services.GetRequiredService<T>())),
                failureStatus: null,
                tags: null
            )
        );
}
