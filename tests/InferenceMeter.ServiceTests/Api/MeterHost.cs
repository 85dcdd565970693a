using InferenceMeter.Hosting;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>The whole service in this process, over a session that does nothing; it classifies once <see cref="Start"/> is called.</summary>
internal sealed class MeterHost : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly MeterParts _parts;
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
        _parts = MeterParts.Open(settings, new HashSet<string>(), _ => { });
        _app = Build();
        Client = _app.GetTestClient();
    }

    /// <summary>Over parts that are open already.</summary>
    public MeterHost(MeterParts parts)
    {
        _parts = parts;
        _app = Build();
        Client = _app.GetTestClient();
    }

    public HttpClient Client { get; }

    public Pipeline.InferencePipeline Pipeline => _pipeline!;

    public TestServer Server => _app.GetTestServer();

    public MeterParts Parts => _parts;

    /// <summary>Starts to classify and waits for the first answers.</summary>
    public async Task<MeterHost> Start()
    {
        _pipeline = _parts.CreatePipeline(
            _app.Services.GetRequiredService<InferenceMetrics>(),
            new Serving.RequestOutput()
        );
        _work = _pipeline.RunAsync(_stop.Token, CancellationToken.None);
        while (_parts.Settings.Requests.Background != "off" && _parts.Counters.Snapshot().Ok == 0)
            await Task.WhenAny(_work, Task.Delay(5));
        return this;
    }

    private WebApplication Build()
    {
        var app = MeterApplication.Build(_parts, builder => builder.WebHost.UseTestServer());
        app.Start();
        return app;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _parts.Desk.Close();
        await _app.DisposeAsync();
        _pipeline?.Dispose();
        _parts.Dispose();
        _stop.Dispose();
    }
}
