using System.Text.Json.Serialization;
using InferenceMeter.Api;
using InferenceMeter.Commands;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Protocol;
using InferenceMeter.Telemetry;
using Microsoft.AspNetCore.Connections;

namespace InferenceMeter.Hosting;

/// <summary>The web side of the meter: API, metrics, health.</summary>
internal static class MeterApplication
{
    /// <summary>Builds it over opened parts; nothing listens yet.</summary>
    public static WebApplication Build(MeterParts parts, Action<WebApplicationBuilder>? customise = null)
    {
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory }
        );
        // The settings were read and checked already; the host must not read others behind their back.
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection();
        builder.Logging.ClearProviders();
        ServiceGuards.Listen(builder, parts.Settings.Service);
        builder
            .Services.AddSingleton(parts)
            .AddSingleton<MeterService>()
            .AddSingleton(new RunArchive(parts.History))
            .AddSingleton<RunService>()
            .AddSingleton<SeriesSampler>()
            .AddHostedService(services => services.GetRequiredService<SeriesSampler>())
            .AddSingleton(ApiKey.From(parts.Settings.Service.ApiKeyFile))
            .AddSingleton(parts.Desk)
            .AddSingleton<ServedModels>()
            .AddServiceGuards(parts.Settings.Service)
            .AddSingleton(services => CreateMetrics(services, parts))
            .AddProblemDetails()
            .AddOpenApi(document =>
                document.AddSchemaTransformer(
                    (schema, context, _) =>
                    {
                        // What may be null is left out of answers, so no reader may rely on it.
                        foreach (
                            var property in context.JsonTypeInfo.Properties.Where(property => property.IsGetNullable)
                        )
                            schema.Required?.Remove(property.Name);
                        return Task.CompletedTask;
                    }
                )
            )
            .ConfigureHttpJsonOptions(json =>
                json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
            );
        builder.AddInferenceTelemetry(parts.Settings.Service.Otlp);
        builder.Services.AddGrpc(grpc =>
            (grpc.MaxReceiveMessageSize, grpc.EnableDetailedErrors) = (parts.Settings.Service.MaxRequestBytes, false)
        );
        customise?.Invoke(builder);
        var app = builder.Build();
        // Made now and not when something first asks: a scrape finds all instruments from the start.
        app.Services.GetRequiredService<InferenceMetrics>();
        app.UseServiceGuards(parts.Settings.Service);
        // What the server itself objects to (a body that is too large, or comes too slowly) keeps its status.
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                StatusCodeSelector = failed =>
                    failed is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
            }
        );
        app.UseStatusCodePages();
        app.MapHealth();
        app.MapInferenceMetrics();
        app.MapOpenApi();
        app.MapPage(Index);
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
        app.MapOpenInferenceRest();
        app.MapGrpcService<GrpcInferenceService>().RequireRateLimiting(ServiceGuards.RateLimit);
        return app;
    }

    /// <summary>Listens.</summary>
    /// <exception cref="UserException">An address is taken or not allowed.</exception>
    public static async Task StartAsync(WebApplication app, CancellationToken cancellation)
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
            throw new UserException(
                $"cannot listen on {app.Services.GetRequiredService<MeterParts>().Settings.Service.Urls}: {(e.InnerException ?? e).Message}; give other --urls"
            );
        }
    }

    private static InferenceMetrics CreateMetrics(IServiceProvider services, MeterParts parts)
    {
        var model = parts.Model;
        return new InferenceMetrics(
            services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(),
            new MetricLabels(
                [.. parts.Devices.Select(device => new DeviceLabels(device.Device, device.Provider))],
                model.Name,
                model.Precision
            ),
            new MetricSources
            {
                Work = [parts.Counters],
                Reading = parts.Meter.Read,
                Prices = parts.Prices,
                Spent = parts.Money.Spent.Export,
                SpentSince = () => parts.Money.Spent.Since,
                Breakdown = executing => parts.Load.Read() is { } load ? parts.Breakdown(load, executing) : null,
                Energy = parts.Money.Energy.Read,
                EnergyUsdPerBillion = energy =>
                    parts.Money.UsdPerKwh is { } tariff
                        ? energy.UsdPerBillion(tariff, parts.Settings.Pricing.Pue)
                        : null,
                Slo = () => parts.SloRate,
                Scope = parts.Scope,
                QueueDepths = new[] { Stage.Decode, Stage.Infer, Stage.Sink }.ToDictionary(
                    stage => stage,
                    Func<long> (stage) => () => parts.Pipeline?.QueueDepth(stage) ?? 0
                ),
                Devices = parts.Sensors.All,
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
            parts.Time
        );
    }

    private const string Index = """
        InferenceMeter: what it costs to classify a billion images on this machine, live.

        /api/v1/meter          the reading: images/s, $/billion, state
        /api/v1/meter/stream   a reading a second (server-sent events)
        /api/v1/price          the price of this machine (GET, PUT)
        /api/v1/references     the public record of this cost since 2017
        /api/v1/runs           measurements with a verdict (GET, POST; GET, DELETE one)
        /api/v1/hours          the history by the hour, with --history
        /api/v1/series         the last minutes to a day, for drawings
        /api/v1/classify       an image's classes, times and cost (POST)
        /api/v1/slo            the highest rate within a latency bound, as a load test told it (GET, PUT)
        /v2                    Open Inference Protocol
        /metrics               for Prometheus
        /healthz/live  /healthz/ready
        /openapi/v1.json       this API, described

        With a browser this address is a page.

        """;
}
