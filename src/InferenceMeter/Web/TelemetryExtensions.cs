using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace InferenceMeter.Web;

/// <summary>The one file that names exporters.</summary>
internal static class TelemetryExtensions
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>
    /// Collects the instruments of <see cref="InferenceMetrics"/> for Prometheus. With a collector, sends it these and
    /// the traces of requests, as the standard environment variables (OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_TRACES_SAMPLER,
    /// ...) say.
    /// </summary>
    /// <param name="builder">The builder of the host.</param>
    /// <param name="collector">
    /// The address of the collector; <see langword="null"/> for that of OTEL_EXPORTER_OTLP_ENDPOINT, or none.
    /// </param>
    public static WebApplicationBuilder AddInferenceTelemetry(this WebApplicationBuilder builder, string? collector)
    {
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (variable.Key is string name && name.StartsWith("OTEL_", StringComparison.Ordinal))
                builder.Configuration[name] = (string?)variable.Value;
        }

        if (collector is not null)
            builder.Configuration[EndpointVariable] = collector;
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .WithMetrics(metrics =>
                metrics
                    .AddMeter(InferenceMetrics.MeterName)
                    .AddPrometheusExporter(options =>
                    {
                        options.ScrapeResponseCacheDurationMilliseconds = 0;
                        options.TargetInfoEnabled = false;
                        options.ScopeInfoEnabled = false;
                    })
            );
        if (string.IsNullOrEmpty(builder.Configuration[EndpointVariable]))
            return builder;
        telemetry
            .ConfigureResource(resource => resource.AddService("inferencemeter", serviceVersion: BuildInfo.Version))
            .WithTracing(traces =>
                traces
                    .AddSource(RequestTrace.SourceName)
                    // Scrapes and probes are not requests of clients.
                    .AddAspNetCoreInstrumentation(options =>
                        options.Filter = context =>
                            !context.Request.Path.StartsWithSegments("/metrics")
                            && !context.Request.Path.StartsWithSegments("/healthz")
                    )
            )
            .UseOtlpExporter();
        return builder;
    }

    /// <summary><c>/metrics</c> in the Prometheus text format.</summary>
    public static IEndpointConventionBuilder MapInferenceMetrics(this IEndpointRouteBuilder routes) =>
        routes.MapPrometheusScrapingEndpoint("/metrics");
}
