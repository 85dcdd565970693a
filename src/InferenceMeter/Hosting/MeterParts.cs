using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Preprocessing;
using InferenceMeter.Pricing;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Hosting;

/// <summary>Everything a pipeline is made of, opened from the settings and ready to run; shared by serve, once and bench.</summary>
internal sealed class MeterParts : IDisposable
{
    private MeterParts(MeterSettings settings, EngineSettings engine, IInferenceSessionFactory factory, IImageSource source, PreprocessingOptions preprocessing, TimeProvider time)
    {
        (Settings, Engine, Factory, Source, Preprocessing, Time) = (settings, engine, factory, source, preprocessing, time);
        Scope = settings.Metering.Scope == "model" ? Scope.Model : Scope.Pipeline;
        Counters = new WorkCounters(time, source.Kind);
        Device = new CpuDeviceSensor(time);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        Prices = new PriceTimeline(time, settings.Pricing.UsdPerHour is { } usd
            ? new Price { UsdPerHour = usd, Source = PriceSource.Fixed, AsOf = today, Note = "set by the user" }
            : Price.Assumed(today));
        Meter = new ThroughputMeter(time, new MeterOptions());
    }

    public MeterSettings Settings { get; }

    public EngineSettings Engine { get; }

    public IInferenceSessionFactory Factory { get; }

    public ModelDescription Model => Factory.Model;

    public IImageSource Source { get; }

    public PreprocessingOptions Preprocessing { get; }

    public Scope Scope { get; }

    public WorkCounters Counters { get; }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>Replaced when a run wants a meter of its own.</summary>
    public ThroughputMeter Meter { get; }

    public PriceTimeline Prices { get; }

    public IDeviceSensor Device { get; }

    public TimeProvider Time { get; }

    public PipelineOptions Options => new()
    {
        Scope = Scope,
        DecoderWorkers = Engine.DecoderWorkers,
        // --once answers each image, also when all of them failed; what runs for ever needs one that it can run on.
        FirstPassImages = Settings.Once.Enabled ? 0 : Source.DistinctImages,
        Batching = new BatchingOptions
        {
            BatchSize = Engine.BatchSize,
            // One running and one waiting for each instance, and one being filled.
            Batches = (2 * Engine.Instances) + 1,
            MaxBatchDelay = TimeSpan.FromMilliseconds(Settings.Batching.MaxBatchDelayMilliseconds),
        },
        Inference = InferenceOptionsFor(Engine),
    };

    /// <summary>Opens model and source.</summary>
    /// <param name="settings">Valid settings.</param>
    /// <param name="finished">Names that an earlier run has answered already.</param>
    /// <param name="warn">Told, in one line, what the user should know and need not act on.</param>
    /// <exception cref="ModelException">The model cannot be used.</exception>
    /// <exception cref="InferenceException">No session can be opened.</exception>
    /// <exception cref="ImageSourceException">There are no images.</exception>
    public static MeterParts Open(MeterSettings settings, IReadOnlySet<string> finished, Action<string> warn)
    {
        // Images first: a wrong folder shows at once, a model takes seconds.
        var time = TimeProvider.System;
        var source = OpenSource(settings, finished, time);
        var cores = Environment.ProcessorCount;
        if (settings.Inference.Session == "null")
        {
            var nothing = new NullSessionFactory();
            return new MeterParts(settings, EngineSettings.Resolve(settings, nothing.Model, cores), nothing, source, Limits(new PreprocessingOptions(), settings), time);
        }

        var model = settings.Model.Path is { } path ? OnnxModelLoader.Load(path, settings.Model.Labels) : DefaultModel.Load(settings.Model.CacheDirectory, warn);
        var engine = EngineSettings.Resolve(settings, model.Description, cores);
        return new MeterParts(settings, engine, OnnxSessionFactory.Open(model, InferenceOptionsFor(engine), warn), source, Limits(model.Preprocessing, settings), time);
    }

    public IImageDecoder CreateDecoder() => ImageDecoderFactory.Create(Settings.Preprocessing.Decoder, Preprocessing);

    /// <summary>Allocates the pipeline's buffers and opens its sessions.</summary>
    public InferencePipeline CreatePipeline(InferenceMetrics? metrics, IClassificationOutput? output = null, CompletionProbe? probe = null) =>
        new(Source, CreateDecoder, Factory, Options, new PipelineRecorder(Counters, Meter, Latency, metrics, Time) { Probe = probe }, output);

    public void Dispose()
    {
        Factory.Dispose();
        Source.Dispose();
    }

    private static IImageSource OpenSource(MeterSettings settings, IReadOnlySet<string> finished, TimeProvider time) =>
        settings.Images.Directory is { } directory
            ? new FolderImageSource(directory, new FolderImageOptions { Repeat = !settings.Once.Enabled, MaxEncodedBytes = settings.Images.MaxBytes, Exclude = finished }, time)
            : new SyntheticPhotoSource(settings.Images.SyntheticPhotos, time);

    private static InferenceOptions InferenceOptionsFor(EngineSettings engine) =>
        new() { Instances = engine.Instances, IntraOpThreads = engine.IntraOpThreads, BatchSize = engine.BatchSize };

    private static PreprocessingOptions Limits(PreprocessingOptions options, MeterSettings settings) => options with
    {
        MaxPixels = settings.Images.MaxPixels,
        MaxEncodedBytes = settings.Images.MaxBytes,
        ScaledDecoding = settings.Preprocessing.ScaledDecoding,
    };
}
