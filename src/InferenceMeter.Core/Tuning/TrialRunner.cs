using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Tuning;

namespace InferenceMeter.Composition;

/// <summary>
/// Measures a candidate with the pipeline that serves, over weights that are laid out once for all trials of a model on
/// a
/// CPU, and images that are made once for all.
/// </summary>
internal sealed class TrialRunner : IDisposable
{
    /// <summary>Stands for the built-in model.</summary>
    public const string DefaultModelName = "built-in";

    /// <summary>Beside twice the time that was asked for: opening, and a warm-up that takes its time.</summary>
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(45);

    /// <summary>
    /// Early rounds only sort out: fewer observations, a wider interval. What is quoted is of the last round, at the
    /// usual
    /// ones.
    /// </summary>
    private static readonly MeterOptions Quick = new()
    {
        MinWarmUp = TimeSpan.FromSeconds(0.8),
        MinGroups = 4,
        SteadyHalfWidth = 0.25,
        UnstableHalfWidth = 0.5,
    };

    private readonly MeterSetup _setup;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly IImageSource _images;
    private readonly Dictionary<string, OnnxSessionFactory> _factories = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, string> _paths;
    private readonly Action<string> _warn;

    /// <param name="setup">All that is not tried out.</param>
    /// <param name="paths">Files of the models, by the names that candidates have for them.</param>
    /// <param name="warn">Called with one line about what the user should know.</param>
    /// <exception cref="ImageSourceException">There are no images.</exception>
    public TrialRunner(MeterSetup setup, IReadOnlyDictionary<string, string> paths, Action<string> warn)
    {
        (_setup, _paths, _warn) = (setup, paths, warn);
        _images = setup.Images.Open(_time);
    }

    /// <summary>The setup of a candidate.</summary>
    private MeterSetup SetupOf(Candidate candidate) =>
        _setup with
        {
            Model = _setup.Model with { Path = _paths.GetValueOrDefault(candidate.Model) },
            Engine = _setup.Engine with
            {
                BatchSize = candidate.Batch,
                Instances = candidate.Instances,
                IntraOpThreads = candidate.Threads,
                DecoderWorkers = candidate.Decoders,
            },
        };

    /// <summary>Runs one.</summary>
    /// <param name="candidate">What is tried.</param>
    /// <param name="seconds">Length of the measured part.</param>
    /// <param name="usual">At the options of published figures.</param>
    /// <param name="cancellation">Ends the search.</param>
    public async Task<Trial> RunAsync(Candidate candidate, double seconds, bool usual, CancellationToken cancellation)
    {
        try
        {
            using var meter = await OpenAsync(SetupOf(candidate), cancellation);
            return await MeasureAsync(meter, candidate, seconds, usual ? new MeterOptions() : Quick, cancellation);
        }
        catch (Exception failed) when (failed is InferenceException or ModelException or ImageSourceException)
        {
            return Failed(candidate, seconds, failed.Message.ReplaceLineEndings(" "));
        }
    }

    public void Dispose()
    {
        foreach (var factory in _factories.Values)
            factory.Dispose();
        _images.Dispose();
    }

    private static Trial Failed(Candidate candidate, double seconds, string why) =>
        new Trial
        {
            Candidate = candidate,
            Seconds = seconds,
            ImagesPerSecond = null,
            UsdPerBillion = null,
            P99Seconds = null,
            JoulesPerImage = null,
            MemoryBytes = null,
            Failure = why,
        };

    private Task<Meter> OpenAsync(MeterSetup setup, CancellationToken cancellation)
    {
        if (setup.Engine is not { Provider: ProviderNames.Cpu, NullSession: false })
            return new MeterBuilder(setup) { Warn = _warn }.BuildAsync(cancellation);
        var path = setup.Model.Path ?? DefaultModelName;
        var cores = Environment.ProcessorCount;
        if (!_factories.TryGetValue(path, out var factory))
        {
            var model = setup.Model.Load(_warn);
            var options = EngineConfiguration.Resolve(setup.Engine, model.Description, cores).InferenceOptions;
            _factories[path] = factory = OnnxSessionFactory.Open(model, options, _warn);
        }

        var configuration = EngineConfiguration.Resolve(setup.Engine, factory.Model, cores);
        var engine = new Engine([factory.With(configuration.InferenceOptions)], configuration, null);
        return new MeterBuilder(setup)
        {
            Engine = engine,
            Source = new Lent(_images),
            Warn = _warn,
        }.BuildAsync(cancellation);
    }

    private async Task<Trial> MeasureAsync(
        Meter meter,
        Candidate candidate,
        double seconds,
        MeterOptions options,
        CancellationToken cancellation
    )
    {
        using var pipeline = meter.CreatePipeline();
        var recorder = new RunRecorder(new ThroughputMeter(_time, options), new LatencyHistogram());
        meter.Recorder!.Run = recorder;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // What waits at the end is given up: it would only be drained.
        var work = pipeline.RunAsync(stop.Token, stop.Token);
        var (energy, images) = (meter.Sensors.Joules(), meter.Counters.Snapshot().Ok);
        // The window of 10 s has observations of 100 ms, the one from the start of a second: too few in a short trial.
        var window = seconds < 9 ? "10s" : "start";
        var run = new RunOptions
        {
            Seconds = seconds,
            Window = window,
            NeedsInterval = true,
            GiveUpAfter = SettlingTime + TimeSpan.FromSeconds(2 * seconds),
            PollInterval = TimeSpan.FromMilliseconds(50),
        };
        var report = await new MeasuredRun(meter.RunSubject, recorder, run).RunAsync(work, null, cancellation);
        await stop.CancelAsync();
        await work;
        cancellation.ThrowIfCancellationRequested();
        if (report.Reading.Window(window) is not { ImagesPerSecond: { } rate } measured)
            return Failed(candidate, seconds, $"not steady: {report.Reading.StateReason ?? "too few batches"}");
        var joules = meter.Sensors.Joules() - energy;
        var done = meter.Counters.Snapshot().Ok - images;
        return new Trial
        {
            Candidate = candidate,
            Seconds = measured.WallSeconds,
            ImagesPerSecond = rate,
            UsdPerBillion = (double?)CostPerBillion.Compute(meter.Prices.Current.PerWorkingHour, rate.Value),
            P99Seconds = report.Result.Latency?.P99,
            JoulesPerImage = joules > 0 && done > 0 ? joules / done : null,
            MemoryBytes = meter.Sensors.Read(0).MemoryUsedBytes,
            Failure = null,
        };
    }

    /// <summary>A source that outlives its reader.</summary>
    private sealed class Lent(IImageSource images) : IImageSource
    {
        public string Kind => images.Kind;

        public int DistinctImages => images.DistinctImages;

        public bool TryNext(out EncodedImage image) => images.TryNext(out image);

        public void Dispose()
        {
            // Its owner closes it.
        }
    }
}
