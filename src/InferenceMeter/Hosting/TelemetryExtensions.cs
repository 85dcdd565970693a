using InferenceMeter.Telemetry;
using OpenTelemetry.Metrics;

namespace InferenceMeter.Hosting;

/// <summary>The one file that names exporters.</summary>
internal static class TelemetryExtensions
{
    /// <summary>Collects the instruments of <see cref="InferenceMetrics"/> for Prometheus.</summary>
    public static IServiceCollection AddInferenceTelemetry(this IServiceCollection services)
    {
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(InferenceMetrics.MeterName)
            .AddPrometheusExporter(options =>
            {
                options.ScrapeResponseCacheDurationMilliseconds = 0;
                options.TargetInfoEnabled = false;
                options.ScopeInfoEnabled = false;
            }));
        return services;
    }

    /// <summary><c>/metrics</c> in the Prometheus text format.</summary>
    public static IEndpointConventionBuilder MapInferenceMetrics(this IEndpointRouteBuilder routes) => routes.MapPrometheusScrapingEndpoint("/metrics");
}
