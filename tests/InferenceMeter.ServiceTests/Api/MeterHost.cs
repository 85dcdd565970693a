using InferenceMeter.Composition;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using InferenceMeter.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>
/// The whole service in this process, over a session that does nothing; it classifies once <see cref="Start"/> is
/// called. Where the settings have an address for gRPC it listens on real ports, otherwise in memory.
/// </summary>
internal sealed class MeterHost : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Meter _meter;
    private readonly MeterSettings _settings;
    private readonly WebApplication _app;
    private Pipeline.InferencePipeline? _pipeline;
    private Task _work = Task.CompletedTask;

    public MeterHost(MeterSettings? settings = null)
    {
        settings ??= new MeterSettings();
        settings = settings with
        {
            Inference = new InferenceSettings { Session = "null", Instances = 1 },
            Images = settings.Images with { SyntheticPhotos = 2 },
        };
        _settings = settings;
        _meter = new MeterBuilder(settings.ToSetup(null, TimeProvider.System))
            .BuildAsync(CancellationToken.None)
            .GetAwaiter()
            .GetResult();
        _app = Build();
        Client = Connect();
    }

    /// <summary>Over a meter that is open already.</summary>
    public MeterHost(Meter meter, MeterSettings settings)
    {
        (_meter, _settings) = (meter, settings);
        _app = Build();
        Client = Connect();
    }

    public HttpClient Client { get; }

    public Pipeline.InferencePipeline Pipeline => _pipeline!;

    public TestServer Server => _app.GetTestServer();

    public Meter Meter => _meter;

    public ServiceSettings Settings => _settings.Service;

    private bool IsInMemory => _settings.Service.GrpcUrls is null;

    /// <summary>Starts to classify and waits for the first answers.</summary>
    public async Task<MeterHost> Start()
    {
        _pipeline = _meter.CreatePipeline(_app.Services.GetRequiredService<InferenceMetrics>(), new RequestOutput());
        _meter.Cost.Refresher.Start();
        _work = _pipeline.RunAsync(_stop.Token, CancellationToken.None);
        if (_meter.HasOwnLoad)
            await Eventually.Get(
                () => _meter.Counters.Snapshot().Ok,
                ok => ok > 0,
                giveUp: () => _work.IsCompleted ? "the pipeline has ended" : null
            );
        return this;
    }

    private HttpClient Connect() =>
        IsInMemory ? _app.GetTestClient() : new HttpClient { BaseAddress = new Uri(_settings.Service.Urls) };

    private WebApplication Build()
    {
        var app = MeterWebApplication.Build(
            _meter,
            _settings.Service,
            builder =>
            {
                if (IsInMemory)
                    builder.WebHost.UseTestServer();
            }
        );
        app.Start();
        return app;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _meter.Requests.Close();
        await _app.DisposeAsync();
        _pipeline?.Dispose();
        _meter.Dispose();
        _stop.Dispose();
    }
}
