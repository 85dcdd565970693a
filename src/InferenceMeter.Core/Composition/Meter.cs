using InferenceMeter.Batching;
using InferenceMeter.History;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.LoadTesting;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Pipeline;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Preprocessing;
using InferenceMeter.Pricing;
using InferenceMeter.Runs;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Composition;

/// <summary>
/// One meter, opened by <see cref="MeterBuilder"/>: what a pipeline is made of, and what is read off it.
/// </summary>
internal sealed class Meter : IDisposable
{
    private readonly MeterSetup _setup;
    private readonly Lazy<RequestDispatcher> _requests;
    private volatile InferencePipeline? _pipeline;
    private SloResult? _slo;

    public Meter(MeterSetup setup, TimeProvider time)
    {
        (_setup, Time) = (setup, time);
        Throughput = new ThroughputMeter(time, new MeterOptions());
        _requests = new(CreateRequests);
    }

    public TimeProvider Time { get; }

    public required Engine Engine { get; init; }

    /// <summary>The model, with the accuracy check that is known of it as it is run here.</summary>
    public required ModelDescription Model { get; init; }

    public required IImageSource Source { get; init; }

    public required PreprocessingOptions Preprocessing { get; init; }

    public required DeviceSensors Sensors { get; init; }

    public required WorkCounters Counters { get; init; }

    public required MachineCost Cost { get; init; }

    /// <summary>Runs and hours of this and earlier processes; <see langword="null"/> when no file was named.</summary>
    public required HistoryFile? History { get; init; }

    /// <summary>One per device.</summary>
    public IReadOnlyList<IInferenceSessionFactory> Devices => Engine.Devices;

    public Scope Scope => _setup.Scope;

    /// <summary>Name of the image decoder.</summary>
    public string Decoder => _setup.Decoder;

    /// <summary>Whether the meter has a load of its own that it runs before any client asks.</summary>
    public bool HasOwnLoad => _setup.Background != Background.Off;

    public PriceTimeline Prices => Cost.Prices;

    public ThroughputMeter Throughput { get; }

    public required StageUtilization Utilization { get; init; }

    public LatencyHistogram Latency { get; } = new();

    /// <summary>Where clients' images go.</summary>
    public RequestDispatcher Requests => _requests.Value;

    /// <summary>Cuts what is counted into hours, from the moment at which the machine is paid for.</summary>
    public required HourlyLedger Ledger { get; init; }

    /// <summary>What the pipeline counts into; set once there is one.</summary>
    public PipelineRecorder? Recorder { get; private set; }

    /// <summary>Set once there is a pipeline.</summary>
    public InferencePipeline? Pipeline => _pipeline;

    /// <summary>What a load test found; set from any thread.</summary>
    public SloResult? Slo
    {
        get => Volatile.Read(ref _slo);
        set => Volatile.Write(ref _slo, value);
    }

    /// <summary>
    /// The rate of <see cref="Slo"/>: the next one that was tried and broke the bound is at most that much higher.
    /// </summary>
    public Estimate? SloRate =>
        Slo is { ImagesPerSecond: var rate } ? new Estimate(rate, rate, rate * (1 + PeakSearch.Resolution)) : null;

    /// <summary>
    /// The hardware in a few words, the same on all machines of its kind: <c>AMD EPYC, 2 cores</c>,
    /// <c>2 x NVIDIA H200, 16 cores</c>.
    /// </summary>
    public required string Machine { get; init; }

    /// <summary>What an answer costs: on a CPU the cores that worked on it, on GPUs the instances'.</summary>
    public AnswerCost AnswerCost =>
        Sensors.Gpus > 0
            ? new AnswerCost(1.0 / (Engine.Configuration.Instances * Devices.Count), 0)
            : new AnswerCost(
                (double)Engine.Configuration.IntraOpThreads / Environment.ProcessorCount,
                1.0 / Environment.ProcessorCount
            );

    /// <summary>Effective options of the pipeline.</summary>
    public PipelineOptions Options =>
        new()
        {
            Scope = Scope,
            Background = _setup.Background,
            DecoderWorkers = Engine.Configuration.DecoderWorkers,
            // A bounded source answers each image, also when all of them failed; what runs for ever needs one that
            // works.
            FirstPassImages = _setup.Images.Files.Repeat ? Source.DistinctImages : 0,
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
            [Stage.Decode] = Engine.Configuration.DecoderWorkers,
            [Stage.Batch] = Engine.Configuration.DecoderWorkers,
            [Stage.Infer] = Engine.Configuration.Instances * Devices.Count,
            [Stage.Sink] = 1,
        };

    /// <summary>What a bounded run is read off.</summary>
    public RunSubject RunSubject =>
        new()
        {
            Time = Time,
            Scope = Scope,
            Counters = Counters,
            Devices = Devices,
            Sensors = Sensors,
            Prices = Prices,
            Workers = Workers,
            EngineAlone = Engine.AloneImagesPerSecond,
            Breakdown = Breakdown,
            IsLost = () => Pipeline?.Health.Lost == true,
        };

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
            return new CostBreakdown(0, 0, Math.Min(1, executing), Math.Max(0, 1 - executing));
        return Sensors.Gpus > 0
            ? CostBreakdown.OnGpu(load, Workers, executing)
            : CostBreakdown.OnCpu(load, Environment.ProcessorCount, Engine.Configuration.IntraOpThreads);
    }

    /// <summary>Takes a reading of everything.</summary>
    public MeterSnapshot Snapshot()
    {
        var reading = Throughput.Read();
        var work = Counters.Snapshot();
        var load = Utilization.Read();
        var executing = reading.Window("10s") is { WallSeconds: > 0 } recent
            ? recent.BusySeconds / recent.WallSeconds
            : (double?)null;
        var health = Pipeline?.Health;
        IEnumerable<string> notes = health?.Notes ?? [];
        return new MeterSnapshot
        {
            At = Time.GetUtcNow(),
            Machine = Machine,
            Reading = reading,
            SteadySeconds = reading.SteadySince is { } since
                ? Time.GetElapsedTime(since, reading.At).TotalSeconds
                : null,
            Work = work,
            Scope = Scope,
            ImageSource = Source.Kind,
            DistinctImages = Source.DistinctImages,
            Costs = CostReadings.From(reading, Prices, Scope, SloRate),
            Breakdown = load is not null && executing is { } share ? Breakdown(load, share) : null,
            Energy = Cost.Energy.Read(),
            EnergySensors = Sensors.EnergySensors,
            Price = Prices.Current,
            CostOptions = Cost.Options,
            Spent = Cost.Spent.Read(),
            SpentSince = Cost.Spent.Since,
            Latency = Latency.Percentiles(),
            Bottleneck = RunSubject.FindBottleneck(load),
            Model = Model,
            Engine = Engine.Configuration,
            BatchSize = health?.BatchLimit ?? Engine.Configuration.BatchSize,
            Decoder = Decoder,
            Devices = [.. Devices.Select((_, index) => Snapshot(index, work))],
            Gpus = Sensors.Gpus,
            Broken = health?.Broken,
            PriceTrouble = Cost.Refresher.Trouble,
            HistoryTrouble = History?.Trouble,
            Notes = [.. new[] { Source.Trouble, History?.Note }.OfType<string>(), .. notes],
        };
    }

    public void Dispose()
    {
        if (_requests.IsValueCreated)
            _requests.Value.Dispose();
        Cost.Dispose();
        History?.Dispose();
        foreach (var device in Devices)
            device.Dispose();
        Source.Dispose();
    }

    private DeviceSnapshot Snapshot(int index, WorkSnapshot work) =>
        new()
        {
            Device = Devices[index].Device,
            Provider = Devices[index].Provider,
            Facts = Devices[index].Facts,
            Work = work.Devices[index],
            Reading = Sensors.Read(index),
            UsdPerHour = Prices.Current.UsdPerHour / Devices.Count,
        };

    private RequestDispatcher CreateRequests()
    {
        var images = 4 * Engine.Configuration.BatchSize * Engine.Configuration.Instances * Devices.Count;
        return new RequestDispatcher(
            () => Pipeline,
            Counters,
            _setup.MaxRequestImages ?? images,
            () => Throughput.Read().RecentImagesPerSecond,
            Time
        );
    }
}
