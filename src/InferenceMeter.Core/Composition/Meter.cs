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
    private readonly MeteredPipeline _metered;
    private SloResult? _slo;

    public Meter(MeterSetup setup, MeteredPipeline metered)
    {
        (_setup, _metered) = (setup, metered);
        _requests = new(CreateRequests);
    }

    public TimeProvider Time => _metered.Time;

    public Engine Engine => _metered.Engine;

    /// <summary>The model, with the accuracy check that is known of it as it is run here.</summary>
    public required ModelDescription Model { get; init; }

    public IImageSource Source => _metered.Source;

    public PreprocessingOptions Preprocessing => _metered.Preprocessing;

    public DeviceSensors Sensors => _metered.Sensors;

    public WorkCounters Counters => _metered.Counters;

    public required MachineCost Cost { get; init; }

    /// <summary>Runs and hours of this and earlier processes; <see langword="null"/> when no file was named.</summary>
    public required HistoryFile? History { get; init; }

    /// <summary>One per device.</summary>
    public IReadOnlyList<IInferenceSessionFactory> Devices => _metered.Devices;

    public Scope Scope => _metered.Scope;

    /// <summary>Name of the image decoder.</summary>
    public string Decoder => _metered.Decoder;

    /// <summary>Whether the meter has a load of its own that it runs before any client asks.</summary>
    public bool HasOwnLoad => _setup.Background != Background.Off;

    public PriceTimeline Prices => Cost.Prices;

    public ThroughputMeter Throughput => _metered.Throughput;

    public required StageUtilization Utilization { get; init; }

    public LatencyHistogram Latency => _metered.Latency;

    /// <summary>Where clients' images go.</summary>
    public RequestDispatcher Requests => _requests.Value;

    /// <summary>Cuts what is counted into hours, from the moment at which the machine is paid for.</summary>
    public required HourlyLedger Ledger { get; init; }

    /// <summary>What the pipeline counts into; set once there is one.</summary>
    public PipelineRecorder? Recorder => _metered.Recorder;

    /// <summary>Set once there is a pipeline.</summary>
    public InferencePipeline? Pipeline => _metered.Pipeline;

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
    public PipelineOptions Options => _metered.Options;

    /// <summary>What a bounded run is read off.</summary>
    public RunSubject RunSubject => new(_metered, Prices);

    public IImageDecoder CreateDecoder() => _metered.CreateDecoder();

    /// <inheritdoc cref="MeteredPipeline.CreatePipeline"/>
    public InferencePipeline CreatePipeline(
        InferenceMetrics? metrics = null,
        IClassificationOutput? output = null,
        CompletionProbe? probe = null
    ) => _metered.CreatePipeline(metrics, output, probe);

    /// <inheritdoc cref="MeteredPipeline.Breakdown"/>
    public CostBreakdown Breakdown(StageUtilizationReading load, double executing) =>
        _metered.Breakdown(load, executing);

    /// <inheritdoc cref="MeteredPipeline.FindBottleneck"/>
    public Bottleneck? FindBottleneck(StageUtilizationReading? load) => _metered.FindBottleneck(load);

    /// <summary>Takes a reading of everything.</summary>
    public MeterSnapshot Snapshot()
    {
        var reading = Throughput.Read();
        var work = Counters.Snapshot();
        var load = Utilization.Read();
        var executing = reading.Window(MeasurementWindow.TenSeconds) is { WallSeconds: > 0 } recent
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
            Traffic = Source.Traffic,
            Costs = CostReadings.From(reading, Prices, Scope, SloRate),
            Breakdown = load is not null && executing is { } share ? Breakdown(load, share) : null,
            Energy = Cost.Energy.Read(),
            EnergySensors = Sensors.EnergySensors,
            Price = Prices.Current,
            CostOptions = Cost.Options,
            Spent = Cost.Spent.Read(),
            SpentSince = Cost.Spent.Since,
            Latency = Latency.Percentiles(),
            Bottleneck = FindBottleneck(load),
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
        _metered.Dispose();
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
