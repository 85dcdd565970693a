using InferenceMeter.Composition;
using InferenceMeter.LoadTesting;
using InferenceMeter.Pipeline;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Settings;

namespace InferenceMeter.LoadTargets;

/// <summary>
/// Where a load test plays: a target that is ready to be asked, with what runs it when that is this process.
/// </summary>
internal sealed class LoadTestSession : IAsyncDisposable
{
    private readonly Meter _meter;
    private readonly InferencePipeline? _pipeline;
    private readonly CancellationTokenSource _stop;
    private readonly Task _work;

    private LoadTestSession(
        Meter meter,
        InferencePipeline? pipeline,
        Task work,
        ILoadTarget target,
        CancellationTokenSource stop
    ) => (_meter, _pipeline, _work, Target, _stop) = (meter, pipeline, work, target, stop);

    public ILoadTarget Target { get; }

    /// <summary>The machine that is paid for, when it is this one.</summary>
    public Meter Meter => _meter;

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
        var stop = new CancellationTokenSource();
        return new LoadTestSession(
            meter,
            pipeline,
            pipeline.RunAsync(stop.Token, stop.Token),
            new DispatcherTarget(meter.Requests, set, pixels, meter.Time),
            stop
        );
    }

    /// <summary>A server elsewhere, or here.</summary>
    /// <param name="protocol"><c>classify</c>, <c>v2</c> or <c>grpc</c>.</param>
    public static async Task<LoadTestSession> RemoteAsync(
        MeterSettings settings,
        Uri root,
        string protocol,
        string model,
        string? key,
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
        var meter = await new MeterBuilder(local.ToSetup(null, TimeProvider.System)).BuildAsync(cancellation);
        var set = SampleSet.Load(meter, samples, pixels: protocol != "classify");
        ILoadTarget target = protocol switch
        {
            "classify" => new ClassifyTarget(root, key, set),
            "grpc" => await GrpcTarget.ConnectAsync(root, key, model, set, cancellation),
            _ => await RestTarget.ConnectAsync(root, key, model, set, cancellation),
        };
        return new LoadTestSession(meter, null, Task.CompletedTask, target, new CancellationTokenSource());
    }

    public async ValueTask DisposeAsync()
    {
        await Target.DisposeAsync();
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
}
