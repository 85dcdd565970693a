using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Preprocessing;
using InferenceMeter.Pricing;
using InferenceMeter.Telemetry;
using InferenceMeter.Telemetry.Nvml;

namespace InferenceMeter.Pipeline;

/// <summary>
/// An engine and its images, with the counters, meters and sensors that a measurement of its pipeline is read off.
/// </summary>
internal sealed class MeteredPipeline : IDisposable
{
    /// <summary>When not one of so many images can be used, of a source that does not know how many it has.</summary>
    private const long UnknownFirstPass = 1000;

    private readonly PipelineSetup _setup;
    private volatile InferencePipeline? _pipeline;

    private MeteredPipeline(
        PipelineSetup setup,
        IImageSource source,
        Engine engine,
        DeviceSensors sensors,
        TimeProvider time
    )
    {
        _setup = setup;
        Source = source;
        Engine = engine;
        Sensors = sensors;
        Time = time;
        Counters = new WorkCounters(time, source.Kind, engine.Devices.Count);
        Throughput = new ThroughputMeter(time, new MeterOptions());
        Preprocessing = PreprocessingFor(setup, engine);
    }

    public TimeProvider Time { get; }

    public Engine Engine { get; }

    public IImageSource Source { get; }

    public PreprocessingOptions Preprocessing { get; }

    public DeviceSensors Sensors { get; }

    public WorkCounters Counters { get; }

    public ThroughputMeter Throughput { get; }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>One per device.</summary>
    public IReadOnlyList<IInferenceSessionFactory> Devices => Engine.Devices;

    public Scope Scope => _setup.Scope;

    /// <summary>Name of the image decoder.</summary>
    public string Decoder => _setup.Decoder;

    /// <summary>What the pipeline counts into; set once there is one.</summary>
    public PipelineRecorder? Recorder { get; private set; }

    /// <summary>Set once there is a pipeline.</summary>
    public InferencePipeline? Pipeline => _pipeline;

    /// <summary>Whether every device is gone.</summary>
    public bool IsLost => Pipeline?.Health.Lost == true;

    /// <summary>Effective options of the pipeline.</summary>
    public PipelineOptions Options =>
        new()
        {
            Scope = Scope,
            Background = _setup.Background,
            DecoderWorkers = Engine.Configuration.DecoderWorkers,
            // A bounded source answers each image, also when all of them failed; what runs for ever needs one that
            // works.
            FirstPassImages = _setup.Images.Reading.Repeat ? Source.DistinctImages ?? UnknownFirstPass : 0,
            Batching = new BatchingOptions
            {
                BatchSize = Engine.Configuration.BatchSize,
                // One running and one waiting for each instance, and one being filled.
                Batches = (2 * Engine.Configuration.Instances * Devices.Count) + 1,
                MaxBatchDelay = _setup.MaxBatchDelay,
            },
            Inference = Engine.Configuration.InferenceOptions,
        };

    /// <summary>Workers of each stage that does work for every image.</summary>
    public IReadOnlyDictionary<Stage, int> Workers =>
        new Dictionary<Stage, int>
        {
            [Stage.Source] = 1,
            [Stage.Fetch] = 1,
            [Stage.Decode] = Engine.Configuration.DecoderWorkers,
            [Stage.Batch] = Engine.Configuration.DecoderWorkers,
            [Stage.Infer] = Engine.Configuration.Instances * Devices.Count,
            [Stage.Sink] = 1,
        };

    /// <summary>Opens the images and the engine; what was opened before something failed is closed again.</summary>
    /// <param name="setup">What to open.</param>
    /// <param name="engines">Opens the engine.</param>
    /// <param name="time">Clock of everything that is measured.</param>
    /// <param name="warn">Called with one line about what the user should know.</param>
    /// <param name="source">Images in place of those that the setup asks for.</param>
    /// <param name="nvml">Telemetry of GPUs in place of the machine's own.</param>
    /// <exception cref="Models.ModelException">The model cannot be used.</exception>
    /// <exception cref="InferenceException">No session can be opened.</exception>
    /// <exception cref="ImageSourceException">There are no images.</exception>
    public static MeteredPipeline Open(
        PipelineSetup setup,
        IEngineFactory engines,
        TimeProvider time,
        Action<string> warn,
        IImageSource? source = null,
        INvml? nvml = null
    )
    {
        // Images first: a wrong folder shows at once, a model takes seconds.
        source ??= setup.Images.Open(time);
        Engine? engine = null;
        try
        {
            engine = engines.Open(setup.Engine, setup.Model);
            var sensors = new DeviceSensors(engine.Devices, time, nvml);
            if (sensors.Warning is { } warning)
                warn(warning);
            return new MeteredPipeline(setup, source, engine, sensors, time);
        }
        catch
        {
            foreach (var device in engine?.Devices ?? [])
                device.Dispose();
            source.Dispose();
            throw;
        }
    }

    public IImageDecoder CreateDecoder() => ImageDecoderFactory.Create(Decoder, Preprocessing);

    /// <summary>Allocates the pipeline's buffers and opens its sessions.</summary>
    public InferencePipeline CreatePipeline(
        InferenceMetrics? metrics = null,
        IClassificationOutput? output = null,
        CompletionProbe? probe = null
    )
    {
        Recorder = new PipelineRecorder
        {
            Counters = Counters,
            Meter = Throughput,
            Latency = Latency,
            Metrics = metrics,
            Time = Time,
            Probe = probe,
        };
        var pipeline = new InferencePipeline(Source, CreateDecoder, Devices, Options, Recorder, output);
        // From here on this process is one of those that use the devices.
        Sensors.Opened();
        return _pipeline = pipeline;
    }

    /// <summary>Where the machine's money goes; ready tensors pass no stage but the engine.</summary>
    /// <param name="load">How busy the stages are.</param>
    /// <param name="executing">Share of the time in which at least one batch executed.</param>
    public CostBreakdown Breakdown(StageUtilizationReading load, double executing)
    {
        if (Scope == Scope.Model)
            return new CostBreakdown
            {
                Fetch = 0,
                Decode = 0,
                Batch = 0,
                Infer = Math.Min(1, executing),
                Idle = Math.Max(0, 1 - executing),
            };
        return Sensors.Gpus > 0
            ? CostBreakdown.OnGpu(load, Workers, executing)
            : CostBreakdown.OnCpu(load, Environment.ProcessorCount, Engine.Configuration.IntraOpThreads);
    }

    /// <summary>The stage that limits throughput over a span; ready tensors pass no stage but the engine.</summary>
    public Bottleneck? FindBottleneck(StageUtilizationReading? load) =>
        load is null || Scope == Scope.Model ? null : Bottleneck.Find(load, Workers, Engine.AloneImagesPerSecond);

    public void Dispose()
    {
        foreach (var device in Devices)
            device.Dispose();
        Source.Dispose();
    }

    private static PreprocessingOptions PreprocessingFor(PipelineSetup setup, Engine engine)
    {
        var model = engine.Devices[0].Model;
        return setup.Limits with
        {
            ResizeShorterSide = model.ResizeShorterSide,
            CropHeight = model.Height,
            CropWidth = model.Width,
        };
    }
}
