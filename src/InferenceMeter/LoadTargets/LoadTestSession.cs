using InferenceMeter.Composition;
using InferenceMeter.Errors;
using InferenceMeter.LoadTesting;
using InferenceMeter.Pipeline;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Pricing;
using InferenceMeter.Settings;
using InferenceMeter.Settings.Load;
using InferenceMeter.Web.Security;

namespace InferenceMeter.LoadTargets;

/// <summary>
/// Where a load test plays: a target that is ready to be asked, with what runs it when that is this process.
/// </summary>
internal sealed class LoadTestSession : IAsyncDisposable
{
    private readonly InferencePipeline? _pipeline;
    private readonly Meter _meter;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;

    /// <summary>A session over the pipeline of this process.</summary>
    private LoadTestSession(Meter meter, InferencePipeline pipeline, ILoadTarget target)
    {
        _meter = meter;
        _pipeline = pipeline;
        _work = pipeline.RunAsync(_stop.Token, _stop.Token);
        Target = target;
        BatchSize = meter.Engine.Configuration.BatchSize;
    }

    /// <summary>A session over a server.</summary>
    private LoadTestSession(Meter meter, RemoteMeter remote, ILoadTarget target)
    {
        _meter = meter;
        _work = Task.CompletedTask;
        Target = target;
        Remote = remote;
    }

    public ILoadTarget Target { get; }

    /// <summary>The target as a meter; <see langword="null"/> when it is this process.</summary>
    public RemoteMeter? Remote { get; }

    /// <summary>Images in a full batch, where the target is this process.</summary>
    public int? BatchSize { get; }

    /// <summary>
    /// Price of an hour of the target: the one that is given, else the target's own; <see langword="null"/> when
    /// neither is known.
    /// </summary>
    public (decimal UsdPerHour, string Source)? Price { get; private init; }

    /// <summary>What a meter must be opened with to be a target itself: it runs nothing but what is asked.</summary>
    public static MeterSettings InProcess(MeterSettings settings) =>
        settings with
        {
            Requests = settings.Requests with
            {
                Background = "off",
                MaxInFlight = settings.Requests.MaxInFlight ?? 100_000,
            },
            Metering = settings.Metering with { Scope = "pipeline" },
        };

    /// <summary>The pipeline of this process.</summary>
    /// <param name="meter">Opened with <see cref="InProcess"/>; it is closed with the session.</param>
    /// <param name="samples">Images that are preloaded, at most.</param>
    /// <param name="pixels">Ready pixels are sent, in place of encoded images.</param>
    public static LoadTestSession Over(Meter meter, int samples, bool pixels)
    {
        var set = SampleSet.Load(meter, samples, pixels);
        var pipeline = meter.CreatePipeline(output: new RequestOutput());
        return new LoadTestSession(meter, pipeline, new DispatcherTarget(meter.Requests, set, pixels, meter.Time))
        {
            Price = OwnPrice(meter),
        };
    }

    /// <summary>A server elsewhere, or on this machine.</summary>
    /// <param name="settings">Valid settings: images, price and key.</param>
    /// <param name="options">The address, and how it is asked.</param>
    /// <param name="samples">Images that are preloaded, at most.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="UserException">The server does not answer as the protocol says.</exception>
    public static async Task<LoadTestSession> RemoteAsync(
        MeterSettings settings,
        LoadTestOptions options,
        int samples,
        CancellationToken cancellation
    )
    {
        // Only its images and its decoder are needed: nothing is run here.
        var local = settings with
        {
            Inference = new InferenceSettings { Session = "null" },
            Model = new ModelSettings(),
            Metering = new MeteringSettings(),
        };
        var key = ApiKey.From(settings.Service.ApiKeyFile);
        var server = new TargetAddress(options.Address!, key.Value, options.HostHeader);
        var meter = await new MeterBuilder(local.ToSetup(null, TimeProvider.System)).BuildAsync(cancellation);
        var set = SampleSet.Load(meter, samples, pixels: options.Protocol != LoadProtocol.Classify);
        ILoadTarget target = options.Protocol switch
        {
            LoadProtocol.Classify => new ClassifyTarget(server, set),
            LoadProtocol.V2 => await RestTarget.ConnectAsync(server, options.TargetModel, set, cancellation),
            LoadProtocol.Grpc => await GrpcTarget.ConnectAsync(server, options.TargetModel, set, cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Protocol, "no such protocol"),
        };
        var remote = RemoteMeter.At(server);
        return new LoadTestSession(meter, remote, target)
        {
            Price =
                meter.Prices.Current.Source == PriceSource.Assumed
                    ? await remote.PriceAsync(cancellation)
                    : OwnPrice(meter),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
        Remote?.Dispose();
        await _stop.CancelAsync();
        try
        {
            await _work;
        }
        finally
        {
            _meter.Requests.Close();
            _pipeline?.Dispose();
            _meter.Dispose();
            _stop.Dispose();
        }
    }

    private static (decimal UsdPerHour, string Source) OwnPrice(Meter meter) =>
        (meter.Prices.Current.PerWorkingHour.Usd, meter.Prices.Current.Source);
}
