using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace InferenceMeter.Web.OpenInference;

/// <summary>Whether requests to classify are answered, as a health check.</summary>
internal sealed class InferenceHealthCheck(ServedModels models) : IHealthCheck
{
    /// <summary>The name that it is registered under.</summary>
    public const string Name = "inference";

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            models.NotReady is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy()
        );
}
