using InferenceMeter.Commands;
using InferenceMeter.Hosting;
using InferenceMeter.Pipeline;
using InferenceMeter.Serving;
using InferenceMeter.Settings;

namespace InferenceMeter.LoadTesting;

/// <summary>Where a load test plays: a target that is ready to be asked, with what runs it when that is this process.</summary>
internal sealed class LoadStage : IAsyncDisposable
{
    private readonly MeterParts _parts;
    private readonly InferencePipeline? _pipeline;
    private readonly CancellationTokenSource _stop;
    private readonly Task _work;

    private LoadStage(
        MeterParts parts,
        InferencePipeline? pipeline,
        Task work,
        ILoadTarget target,
        CancellationTokenSource stop
    ) => (_parts, _pipeline, _work, Target, _stop) = (parts, pipeline, work, target, stop);

    public ILoadTarget Target { get; }

    /// <summary>The machine that is paid for, when it is this one.</summary>
    public MeterParts Parts => _parts;

    /// <summary>The pipeline of this process, without a load of its own.</summary>
    /// <param name="pixels">Ready pixels are sent, in place of encoded images.</param>
    public static async Task<LoadStage> InProcessAsync(
        MeterSettings settings,
        int samples,
        bool pixels,
        CancellationToken cancellation
    )
    {
        settings = settings with
        {
            Requests = settings.Requests with
            {
                Background = "off",
                MaxInFlight = settings.Requests.MaxInFlight ?? 100_000,
            },
            Metering = settings.Metering with { Scope = "pipeline" },
        };
        var parts = await Opening.PartsAsync(settings, new HashSet<string>(StringComparer.Ordinal), cancellation);
        var set = SampleSet.Load(parts, samples, pixels);
        var pipeline = parts.CreatePipeline(metrics: null, new RequestOutput());
        var stop = new CancellationTokenSource();
        return new LoadStage(
            parts,
            pipeline,
            pipeline.RunAsync(stop.Token, stop.Token),
            new DeskTarget(parts.Desk, set, pixels, parts.Time),
            stop
        );
    }

    /// <summary>A server elsewhere, or here.</summary>
    /// <param name="protocol"><c>classify</c>, <c>v2</c> or <c>grpc</c>.</param>
    public static async Task<LoadStage> RemoteAsync(
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
        var parts = MeterParts.Open(
            settings with
            {
                Inference = new InferenceSettings { Session = "null" },
                Model = new ModelSettings(),
                Metering = new MeteringSettings(),
            },
            new HashSet<string>(StringComparer.Ordinal),
            _ => { }
        );
        var set = SampleSet.Load(parts, samples, pixels: protocol != "classify");
        ILoadTarget target = protocol switch
        {
            "classify" => new ClassifyTarget(root, key, set),
            "grpc" => await GrpcTarget.ConnectAsync(root, key, model, set, cancellation),
            _ => await RestTarget.ConnectAsync(root, key, model, set, cancellation),
        };
        return new LoadStage(parts, null, Task.CompletedTask, target, new CancellationTokenSource());
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
            _parts.Desk.Close();
            _pipeline?.Dispose();
            _parts.Dispose();
            _stop.Dispose();
        }
    }
}
