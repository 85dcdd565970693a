using System.Text.Json.Serialization;
using InferenceMeter.Composition;
using InferenceMeter.Errors;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Runs;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using InferenceMeter.Web.Api;
using InferenceMeter.Web.Health;
using InferenceMeter.Web.OpenInference;
using InferenceMeter.Web.OpenInference.Grpc;
using InferenceMeter.Web.Page;
using InferenceMeter.Web.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace InferenceMeter.Web;

/// <summary>The web side of the meter: API, Open Inference Protocol, metrics, health and page.</summary>
internal static class MeterWebApplication
{
    /// <summary>How late clients that watch the health over gRPC learn of a change, at most.</summary>
    private static readonly TimeSpan HealthPeriod = TimeSpan.FromSeconds(2);

    /// <summary>Builds the application over an opened meter; nothing listens yet.</summary>
    public static WebApplication Build(
        Meter meter,
        ServiceSettings settings,
        Action<WebApplicationBuilder>? customise = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        // The settings were read and checked already; the host must not read others behind their back.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        builder.Logging.ClearProviders();
        builder.Listen(settings);
        builder
            .Services.AddMeter(meter)
            .AddRuns(meter)
            .AddMeterApi()
            .AddOpenInference(settings)
            .AddSecurity(settings)
            .AddHealth();
        builder.AddInferenceTelemetry(settings.Otlp);
        customise?.Invoke(builder);
        var app = builder.Build();
        // Made now and not when something first asks: a scrape finds all instruments from the start.
        app.Services.GetRequiredService<InferenceMetrics>();
        app.UseModelPaths();
        app.UseSecurityHeaders();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();
        app.UseRequestErrors();
        app.UseRequestBodies();
        app.MapHealth();
        app.MapInferenceMetrics();
        app.MapOpenApi();
        app.MapPage(Index);
        app.MapMeterApi();
        app.MapOpenInferenceRest();
        app.MapGrpcService<GrpcInferenceService>();
        app.MapGrpcHealthChecksService().AllowAnonymous();
        return app;
    }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="UserException">An address is taken or not allowed.</exception>
    public static async Task StartAsync(WebApplication app, string urls, CancellationToken cancellation)
    {
        try
        {
            await app.StartAsync(cancellation);
        }
        catch (Exception e)
            when (e
                    is IOException
                        or AddressInUseException
                        or System.Net.Sockets.SocketException
                        or InvalidOperationException
                        or FormatException
            )
        {
            throw new UserException($"cannot listen on {urls}: {(e.InnerException ?? e).Message}; give other --urls");
        }
    }

    /// <summary>The meter, and what is exported of it.</summary>
    private static IServiceCollection AddMeter(this IServiceCollection services, Meter meter) =>
        services
            .AddSingleton(meter)
            .AddSingleton(meter.Cost)
            .AddSingleton(meter.Requests)
            .AddSingleton(provider => CreateMetrics(provider, meter));

    private static IServiceCollection AddRuns(this IServiceCollection services, Meter meter) =>
        services.AddSingleton(new RunArchive(meter.History)).AddSingleton<RunService>();

    private static IServiceCollection AddMeterApi(this IServiceCollection services) =>
        services
            .AddSingleton<SeriesSampler>()
            .AddHostedService(provider => provider.GetRequiredService<SeriesSampler>())
            .AddProblemDetails()
            .AddRequestDecompression()
            // What cannot be read is told by UseRequestErrors, with the reason.
            .Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true)
            .AddOpenApi(document =>
            {
                // HEAD is GET without its body; described twice, an operation would have its name twice.
                document.ShouldInclude = description => description.HttpMethod != HttpMethods.Head;
                document.AddSchemaTransformer(
                    (schema, context, _) =>
                    {
                        // What may be null is left out of answers, so no reader may rely on it.
                        foreach (var property in context.JsonTypeInfo.Properties.Where(one => one.IsGetNullable))
                            schema.Required?.Remove(property.Name);
                        return Task.CompletedTask;
                    }
                );
            })
            .ConfigureHttpJsonOptions(json =>
                json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
            );

    private static IServiceCollection AddOpenInference(this IServiceCollection services, ServiceSettings settings)
    {
        services.AddSingleton<ServedModels>();
        services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = settings.MaxRequestBytes;
            grpc.EnableDetailedErrors = false;
        });
        return services;
    }

    private static IServiceCollection AddSecurity(this IServiceCollection services, ServiceSettings settings) =>
        services.AddSingleton(settings).AddSecurityHeaders().AddAccess(settings).AddRequestRateLimit(settings);

    private static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddSingleton<MeterReadiness>();
        var checks = services.AddGrpcHealthChecks(options =>
        {
            options.Services.Map("", check => check.Name == ReadinessCheck.Meter);
            options.Services.Map(
                GRPCInferenceService.Descriptor.FullName,
                check => check.Name == ReadinessCheck.Inference
            );
        });
        ReadinessCheck.Add<MeterReadiness>(checks, ReadinessCheck.Meter, meter => meter.NotReady);
        ReadinessCheck.Add<ServedModels>(checks, ReadinessCheck.Inference, models => models.NotReady);
        // For Watch; Check looks when it is asked.
        return services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = HealthPeriod;
        });
    }

    private static void MapMeterApi(this WebApplication app)
    {
        var api = app.MapGroup("/api/v1");
        api.MapMeter();
        api.MapPrice();
        api.MapReferences();
        api.MapRuns();
        api.MapHours();
        api.MapSeries();
        api.MapComparison();
        api.MapClassify();
        api.MapSlo();
    }

    private static InferenceMetrics CreateMetrics(IServiceProvider services, Meter meter)
    {
        var model = meter.Model;
        return new InferenceMetrics(
            services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(),
            new MetricLabels(
                [.. meter.Devices.Select(device => new DeviceLabels(device.Device, device.Provider))],
                model.Name,
                model.Precision
            ),
            new MetricSources
            {
                Work = [meter.Counters],
                Traffic = () => meter.Source.Traffic,
                Reading = meter.Throughput.Read,
                Prices = meter.Prices,
                Spent = meter.Cost.Spent.Export,
                SpentSince = () => meter.Cost.Spent.Since,
                Breakdown = executing => meter.Utilization.Read() is { } load ? meter.Breakdown(load, executing) : null,
                Energy = meter.Cost.Energy.Read,
                EnergyUsdPerBillion = meter.Cost.ElectricityUsdPerBillion,
                Slo = () => meter.SloRate,
                Scope = meter.Scope,
                QueueDepths = new[] { Stage.Decode, Stage.Infer, Stage.Sink }.ToDictionary(
                    stage => stage,
                    Func<long> (stage) => () => meter.Pipeline?.QueueDepth(stage) ?? 0
                ),
                Devices = meter.Sensors.All,
                ModelInfo = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["hash"] = model.Sha256,
                    ["weights"] = model.Weights,
                    ["accuracy_check"] = model.AccuracyCheck,
                },
                BuildInfo = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["version"] = BuildInfo.Version,
                    ["onnxruntime_version"] = OrtRuntime.Version,
                },
            },
            meter.Time
        );
    }

    private const string Index = """
        InferenceMeter: what it costs to classify a billion images on this machine, live.

        /api/v1/meter          the reading: images/s, $/billion, state
        /api/v1/meter/stream   one reading per second (server-sent events)
        /api/v1/price          the price of this machine (GET, PUT)
        /api/v1/references     the public record of this cost since 2017
        /api/v1/runs           measurements with a verdict (GET, POST; GET, DELETE one)
        /api/v1/comparison     runs side by side: cost, where it goes, what made the difference
        /api/v1/hours          the history by the hour, with --history
        /api/v1/series         the last minutes to a day, for drawings
        /api/v1/classify       an image's classes, times and cost (POST)
        /api/v1/slo            the highest rate within a latency bound, as a load test found it (GET, PUT)
        /v2                    Open Inference Protocol
        /metrics               for Prometheus
        /healthz/live  /healthz/ready
        /openapi/v1.json       this API, described

        In a browser, this address is a page.

        """;
}
