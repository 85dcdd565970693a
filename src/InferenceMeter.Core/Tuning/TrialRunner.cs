using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;

namespace InferenceMeter.Tuning;

/// <summary>
/// Measures a candidate with the pipeline that serves, over weights that are laid out once for all trials of a model on
/// a CPU, and images that are made once for all.
/// </summary>
internal sealed class TrialRunner : IDisposable
{
    /// <summary>Stands for the built-in model.</summary>
    public const string DefaultModelName = "built-in";

    /// <summary>Beside twice the time that was asked for: opening, and a warm-up that takes its time.</summary>
    private static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(45);

    /// <summary>
    /// Early rounds only sort out: fewer observations, a wider interval. What is quoted is of the last round, at the
    /// usual ones.
    /// </summary>
    private static readonly MeterOptions Quick = new()
    {
        MinWarmUp = TimeSpan.FromSeconds(0.8),
        MinGroups = 4,
        SteadyHalfWidth = 0.25,
        UnstableHalfWidth = 0.5,
    };

    private readonly PipelineSetup _setup;
    private readonly OpenPriceSource _openPrice;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly IImageSource _images;
    private readonly SharedEngines _engines;
    private readonly IReadOnlyDictionary<string, string> _paths;
    private readonly Action<string> _warn;

    /// <param name="setup">All that is not tried out.</param>
    /// <param name="openPrice">Opens the source of the machine's price, anew for each trial.</param>
    /// <param name="paths">Files of the models, by the names that candidates have for them.</param>
    /// <param name="engines">Opens the engine of a candidate.</param>
    /// <param name="warn">Called with one line about what the user should know.</param>
    /// <exception cref="ImageSourceException">There are no images.</exception>
    public TrialRunner(
        PipelineSetup setup,
        OpenPriceSource openPrice,
        IReadOnlyDictionary<string, string> paths,
        IEngineFactory engines,
        Action<string> warn
    )
    {
        _setup = setup;
        _openPrice = openPrice;
        _paths = paths;
        _warn = warn;
        _engines = new SharedEngines(engines);
        _images = setup.Images.Open(_time);
    }

    /// <summary>The setup of a candidate.</summary>
    private PipelineSetup SetupOf(Candidate candidate) =>
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
            using var metered = MeteredPipeline.Open(SetupOf(candidate), _engines, _time, _warn, new Lent(_images));
            return await MeasureAsync(metered, candidate, seconds, usual ? new MeterOptions() : Quick, cancellation);
        }
        catch (Exception failed) when (failed is InferenceException or ModelException or ImageSourceException)
        {
            return Failed(candidate, seconds, failed.Message.ReplaceLineEndings(" "));
        }
    }

    public void Dispose()
    {
        _engines.Dispose();
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

    private async Task<Trial> MeasureAsync(
        MeteredPipeline metered,
        Candidate candidate,
        double seconds,
        MeterOptions options,
        CancellationToken cancellation
    )
    {
        var price = await _openPrice(metered.Sensors.Gpus, metered.Sensors.Joules).ReadAsync(cancellation);
        var subject = new RunSubject(metered, new PriceTimeline(_time, price));
        using var pipeline = metered.CreatePipeline();
        var recorder = new RunRecorder(new ThroughputMeter(_time, options), new LatencyHistogram());
        metered.Recorder!.Run = recorder;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // What waits at the end is given up: it would only be drained.
        var work = pipeline.RunAsync(stop.Token, stop.Token);
        var (energy, images) = (metered.Sensors.Joules(), metered.Counters.Snapshot().Ok);
        // The window of 10 s has observations of 100 ms, the one from the start of a second: too few in a short trial.
        var window = seconds < 9 ? MeasurementWindow.TenSeconds : MeasurementWindow.SinceStart;
        var run = new RunOptions
        {
            Seconds = seconds,
            Window = window,
            NeedsInterval = true,
            GiveUpAfter = SettlingTime + TimeSpan.FromSeconds(2 * seconds),
            PollInterval = TimeSpan.FromMilliseconds(50),
        };
        var report = await new MeasuredRun(subject, recorder, run).RunAsync(work, null, cancellation);
        await stop.CancelAsync();
        await work;
        cancellation.ThrowIfCancellationRequested();
        if (report.Reading.Window(window) is not { ImagesPerSecond: { } rate } measured)
            return Failed(candidate, seconds, $"not steady: {report.Reading.StateReason ?? "too few batches"}");
        var joules = metered.Sensors.Joules() - energy;
        var done = metered.Counters.Snapshot().Ok - images;
        return new Trial
        {
            Candidate = candidate,
            Seconds = measured.WallSeconds,
            ImagesPerSecond = rate,
            UsdPerBillion = (double?)CostPerBillion.Compute(price.PerWorkingHour, rate.Value),
            P99Seconds = report.Result.Latency?.P99,
            JoulesPerImage = joules > 0 && done > 0 ? joules / done : null,
            MemoryBytes = metered.Sensors.Read(0).MemoryUsedBytes,
            Failure = null,
        };
    }

    /// <summary>A source that outlives its reader.</summary>
    private sealed class Lent(IImageSource images) : IImageSource
    {
        public string Kind => images.Kind;

        public long? DistinctImages => images.DistinctImages;

        public string? Remark => images.Remark;

        public string? Trouble => images.Trouble;

        public IReadOnlyList<SourceTraffic> Traffic => images.Traffic;

        public long WaitedTicks => images.WaitedTicks;

        public bool TryNext(out EncodedImage image, CancellationToken stop = default) =>
            images.TryNext(out image, stop);

        public void Dispose()
        {
            // Its owner closes it.
        }
    }
}
