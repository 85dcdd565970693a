using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace InferenceMeter.Web.Health;

/// <summary>The readiness of the meter as a health check.</summary>
internal sealed class MeterHealthCheck(MeterReadiness readiness) : IHealthCheck
{
    /// <summary>The name that it is registered under.</summary>
    public const string Name = "meter";

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            readiness.NotReady is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy()
        );
}
