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
    /// Collects the instruments of <see cref="InferenceMetrics"/> for Prometheus, and with a collector sends it these
    /// and the traces of what
    /// was asked for. The standard's environment variables (OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_TRACES_SAMPLER, ...) say
    /// how.
    /// </summary>
    /// <param name="builder">Of the host.</param>
    /// <param name="collector">
    /// Its address; <see langword="null"/>: that of OTEL_EXPORTER_OTLP_ENDPOINT, and without that none.
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
                    // Scrapes and probes are not what is asked for.
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
