using InferenceMeter.Api;
using InferenceMeter.Batching;
using InferenceMeter.History;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.LoadTesting;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Models.Accuracy;
using InferenceMeter.Pipeline;
using InferenceMeter.Preprocessing;
using InferenceMeter.Pricing;
using InferenceMeter.Serving;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using InferenceMeter.Telemetry.Nvml;

namespace InferenceMeter.Hosting;

/// <summary>Everything a pipeline is made of, opened from the settings and ready to run; shared by serve, once and bench.</summary>
internal sealed class MeterParts : IDisposable
{
    private volatile InferencePipeline? _pipeline;
    private SloDocument? _slo;

    private MeterParts(
        MeterSettings settings,
        Engine engine,
        IImageSource source,
        PreprocessingOptions preprocessing,
        TimeProvider time,
        INvml? nvml = null
    )
    {
        (Settings, Engine, Devices, EngineAlone, Source, Preprocessing, Time) = (
            settings,
            engine.Settings,
            engine.Devices,
            engine.AloneImagesPerSecond,
            source,
            preprocessing,
            time
        );
        // What was found in this precision on this provider, and not what another did.
        Model = Devices[0].Model with
        {
            AccuracyCheck =
                AccuracyStore
                    .InCache(settings.Model.CacheDirectory)
                    .Find(Devices[0].Model.Sha256, Devices[0].Model.Precision, Devices[0].Provider)
                    ?.Label
                ?? ModelDescription.NotChecked,
        };
        Scope = settings.Metering.Scope == "model" ? Scope.Model : Scope.Pipeline;
        Counters = new WorkCounters(time, source.Kind, Devices.Count);
        Load = new StageLoad(time, Counters);
        Sensors = new DeviceSensors(Devices, time, nvml);
        Money = new MoneyParts(settings, Sensors, () => Counters.Snapshot().Ok, time);
        Ledger = new HourlyLedger(time, Machine);
        Meter = new ThroughputMeter(time, new MeterOptions());
        Desk = new RequestDesk(
            () => Pipeline,
            Counters,
            settings.Requests.MaxInFlight ?? 4 * Engine.BatchSize * Engine.Instances * Devices.Count,
            () => Meter.Read().RecentImagesPerSecond,
            time
        );
        if (settings.History.Path is { } file)
            History = HistoryFile.Open(file, time);
    }

    public MeterSettings Settings { get; }

    public EngineSettings Engine { get; }

    /// <summary>One a device.</summary>
    public IReadOnlyList<IInferenceSessionFactory> Devices { get; }

    /// <summary>Throughput of the engine by itself at the start, images/s, where it was measured.</summary>
    public double? EngineAlone { get; }

    /// <summary>The hardware in a few words, the same on all machines of its kind: <c>AMD EPYC, 2 cores</c>, <c>2 x NVIDIA H200, 16 cores</c>.</summary>
    public string Machine
    {
        get
        {
            var names = Devices
                .Select((device, index) => Sensors.Read(index).Name ?? device.Device)
                .GroupBy(name => name, StringComparer.Ordinal)
                .Select(same => same.Count() == 1 ? same.Key : $"{same.Count()} x {same.Key}");
            return $"{string.Join(" + ", names)}, {Environment.ProcessorCount} core{(Environment.ProcessorCount == 1 ? "" : "s")}";
        }
    }

    /// <summary>The model, with the accuracy check that is known of it as it is run here.</summary>
    public ModelDescription Model { get; }

    public IImageSource Source { get; }

    public PreprocessingOptions Preprocessing { get; }

    public Scope Scope { get; }

    public WorkCounters Counters { get; }

    public StageLoad Load { get; }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>Replaced when a run wants a meter of its own.</summary>
    public ThroughputMeter Meter { get; }

    public MoneyParts Money { get; }

    /// <summary>What a load test told; set from any thread.</summary>
    public SloDocument? Slo
    {
        get => Volatile.Read(ref _slo);
        set => Volatile.Write(ref _slo, value);
    }

    /// <summary>The rate of <see cref="Slo"/>: the next one that was tried and broke the bound is at most that much higher.</summary>
    public Estimate? SloRate =>
        Slo is { ImagesPerSecond: var rate } ? new Estimate(rate, rate, rate * (1 + PeakSearch.Resolution)) : null;

    /// <summary>Where images are asked for.</summary>
    public RequestDesk Desk { get; }

    /// <summary>What an answer costs: on a CPU the cores that worked on it, on GPUs the instances'.</summary>
    public AnswerCost AnswerCost =>
        Sensors.Gpus > 0
            ? new AnswerCost(1.0 / (Engine.Instances * Devices.Count), 0)
            : new AnswerCost(
                (double)Engine.IntraOpThreads / Environment.ProcessorCount,
                1.0 / Environment.ProcessorCount
            );

    public PriceTimeline Prices => Money.Prices;

    /// <summary>Cuts what is counted into hours, from the moment on at which the machine is paid for.</summary>
    public HourlyLedger Ledger { get; }

    /// <summary>Runs and hours of this and earlier processes; <see langword="null"/> when no file was named.</summary>
    public HistoryFile? History { get; }

    public DeviceSensors Sensors { get; }

    /// <summary>What the pipeline tells; set once there is one.</summary>
    public PipelineRecorder? Recorder { get; private set; }

    /// <summary>Set once there is a pipeline.</summary>
    public InferencePipeline? Pipeline => _pipeline;

    public TimeProvider Time { get; }

    public PipelineOptions Options =>
        new()
        {
            Scope = Scope,
            Background = Settings.Requests.Background switch
            {
                "off" => Background.Off,
                "fill" => Background.Fill,
                _ => Background.On,
            },
            DecoderWorkers = Engine.DecoderWorkers,
            // --once answers each image, also when all of them failed; what runs for ever needs one that it can run on.
            FirstPassImages = Settings.Once.Enabled ? 0 : Source.DistinctImages,
            Batching = new BatchingOptions
            {
                BatchSize = Engine.BatchSize,
                // One running and one waiting for each instance, and one being filled.
                Batches = (2 * Engine.Instances * Devices.Count) + 1,
                MaxBatchDelay = TimeSpan.FromMilliseconds(Settings.Batching.MaxBatchDelayMilliseconds),
            },
            Inference = EngineOpening.InferenceOptionsFor(Engine),
        };

    /// <summary>Opens model and source.</summary>
    /// <param name="settings">Valid settings.</param>
    /// <param name="finished">Names that an earlier run has answered already.</param>
    /// <param name="warn">Told, in one line, what the user should know and need not act on.</param>
    /// <param name="note">Told, in one line, what is as expected and still worth knowing.</param>
    /// <param name="progress">Told what is being done, for who waits for it.</param>
    /// <exception cref="ModelException">The model cannot be used.</exception>
    /// <exception cref="InferenceException">No session can be opened.</exception>
    /// <exception cref="ImageSourceException">There are no images.</exception>
    /// <exception cref="PriceException">The price cannot be had from where it was to come.</exception>
    public static MeterParts Open(
        MeterSettings settings,
        IReadOnlySet<string> finished,
        Action<string> warn,
        Action<string>? note = null,
        Action<string>? progress = null
    )
    {
        // Images first: a wrong folder shows at once, a model takes seconds.
        var time = TimeProvider.System;
        var source = OpenSource(settings, finished, time);
        var cores = Environment.ProcessorCount;
        if (settings.Inference.Session == "null")
        {
            var nothing = new NullSessionFactory();
            return new MeterParts(
                settings,
                new Engine([nothing], EngineSettings.Resolve(settings, nothing.Model, cores), null),
                source,
                Limits(new PreprocessingOptions(), settings),
                time
            );
        }

        var model = ModelFiles.Load(settings.Model, warn);
        var parts = new MeterParts(
            settings,
            EngineOpening.Open(settings, model, time, warn, note ?? (_ => { }), progress ?? (_ => { })),
            source,
            Limits(model.Preprocessing, settings),
            time
        );
        if (parts.Sensors.Missing is { } missing)
            warn(missing);
        return parts;
    }

    /// <summary>Over an engine that is open already.</summary>
    /// <param name="nvml">In place of the machine's own.</param>
    /// <param name="source">In place of the one that the settings ask for.</param>
    public static MeterParts Over(
        MeterSettings settings,
        Engine engine,
        TimeProvider time,
        INvml? nvml = null,
        IImageSource? source = null
    )
    {
        var model = engine.Devices[0].Model;
        var options = new PreprocessingOptions
        {
            ResizeShorterSide = model.ResizeShorterSide,
            CropHeight = model.Height,
            CropWidth = model.Width,
        };
        return new MeterParts(
            settings,
            engine,
            source ?? OpenSource(settings, new HashSet<string>(StringComparer.Ordinal), time),
            Limits(options, settings),
            time,
            nvml
        );
    }

    public IImageDecoder CreateDecoder() => ImageDecoderFactory.Create(Settings.Preprocessing.Decoder, Preprocessing);

    /// <summary>Allocates the pipeline's buffers and opens its sessions.</summary>
    public InferencePipeline CreatePipeline(
        InferenceMetrics? metrics,
        IClassificationOutput? output = null,
        CompletionProbe? probe = null
    )
    {
        Recorder = new PipelineRecorder(Counters, Meter, Latency, metrics, Time) { Probe = probe };
        var pipeline = new InferencePipeline(Source, CreateDecoder, Devices, Options, Recorder, output);
        // From here on this process is one of those that use the devices.
        Sensors.Opened();
        Money.Keeper.Start();
        return _pipeline = pipeline;
    }

    /// <summary>Workers of each stage that does work for every image.</summary>
    public IReadOnlyDictionary<Stage, int> Workers =>
        new Dictionary<Stage, int>
        {
            [Stage.Source] = 1,
            [Stage.Decode] = Engine.DecoderWorkers,
            [Stage.Batch] = Engine.DecoderWorkers,
            [Stage.Infer] = Engine.Instances * Devices.Count,
            [Stage.Sink] = 1,
        };

    /// <summary>Where the machine's money goes; ready tensors pass no stage but the engine.</summary>
    /// <param name="executing">Share of the time in which at least one batch executed.</param>
    public CostBreakdown Breakdown(StageLoadReading load, double executing) =>
        Scope == Scope.Model ? new CostBreakdown(0, 0, Math.Min(1, executing), Math.Max(0, 1 - executing))
        : Sensors.Gpus > 0 ? CostBreakdown.OnGpu(load, Workers, executing)
        : CostBreakdown.OnCpu(load, Environment.ProcessorCount, Engine.IntraOpThreads);

    public void Dispose()
    {
        Desk.Dispose();
        Money.Dispose();
        History?.Dispose();
        foreach (var device in Devices)
            device.Dispose();
        Source.Dispose();
    }

    /// <summary>The images that the settings ask for.</summary>
    /// <exception cref="ImageSourceException">There are none.</exception>
    public static IImageSource OpenSource(MeterSettings settings, IReadOnlySet<string> finished, TimeProvider time)
    {
        var images = settings.Images;
        var options = new FileImageOptions
        {
            Repeat = !settings.Once.Enabled,
            MaxEncodedBytes = images.MaxBytes,
            Exclude = finished,
            Shard =
                images.Shard is { } text
                && Shard.TryParse(text, Environment.GetEnvironmentVariable(Shard.IndexVariable), out var shard, out _)
                    ? shard
                    : null,
        };
        return images.Manifest is { } manifest ? FileImageSource.OfManifest(manifest, options, time)
            : images.Directory is { } directory ? FileImageSource.OfFolder(directory, options, time)
            : new SyntheticPhotoSource(images.SyntheticPhotos, time);
    }

    private static PreprocessingOptions Limits(PreprocessingOptions options, MeterSettings settings) =>
        options with
        {
            MaxPixels = settings.Images.MaxPixels,
            MaxEncodedBytes = settings.Images.MaxBytes,
            ScaledDecoding = settings.Preprocessing.ScaledDecoding,
        };
}
