using System.Diagnostics;
using System.Diagnostics.Metrics;
using InferenceMeter.Metering;
using static InferenceMeter.Telemetry.InstrumentSet;

namespace InferenceMeter.Telemetry;

/// <summary>
/// The only holder of instruments. Names are the Prometheus names of the contract, without the <c>_total</c> that
/// exporters add. Counters and gauges are read when somebody scrapes; only the histograms are told of each event. A
/// gauge that has nothing to say reports no point at all.
/// </summary>
public sealed class InferenceMetrics : IDisposable
{
    /// <summary>Name of the meter that exporters subscribe to.</summary>
    public const string MeterName = "InferenceMeter";

    private readonly InstrumentSet _instruments;
    private readonly Histogram<double> _batchDuration;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<int> _batchSize;

    /// <summary>Creates all instruments; nothing is read before somebody scrapes.</summary>
    public InferenceMetrics(IMeterFactory factory, MetricLabels labels, MetricSources sources, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(labels);
        _instruments = new InstrumentSet(factory.Create(MeterName), labels);
        _batchDuration = _instruments.Histogram(
            "inference_batch_duration_seconds",
            "s",
            "Time of one batch through the session.",
            HistogramBuckets.BatchSeconds
        );
        _requestDuration = _instruments.Histogram(
            "inference_request_duration_seconds",
            "s",
            "Time from the arrival of an image to its answer.",
            HistogramBuckets.RequestSeconds
        );
        _batchSize = _instruments.Histogram(
            "inference_batch_size",
            null,
            "Images in a batch.",
            HistogramBuckets.BatchSizes
        );
        CreateObserved(sources, time);
    }

    /// <summary>A batch went through a session.</summary>
    public void BatchRan(int device, double seconds, int images)
    {
        _batchDuration.Record(seconds, _instruments.Device(device));
        _batchSize.Record(images, _instruments.Device(device));
    }

    /// <summary>An image was answered.</summary>
    /// <param name="scope">What its time includes.</param>
    /// <param name="seconds">From arrival to answer.</param>
    public void RequestAnswered(Scope scope, double seconds) =>
        _requestDuration.Record(seconds, new TagList(_instruments.Whole) { { "scope", scope.Label() } });

    /// <inheritdoc/>
    public void Dispose() => _instruments.Dispose();

    /// <summary>
    /// In a fixed order, which exporters that do not sort by name show: first all counters, then the gauges.
    /// </summary>
    private void CreateObserved(MetricSources sources, TimeProvider time)
    {
        var reading = new ScrapeReading(sources.Reading, time);
        var money = new MoneyInstruments(_instruments, sources, reading);
        var energy = new EnergyInstruments(_instruments, sources);
        var work = new WorkInstruments(_instruments, sources);
        work.CreateCounters();
        work.CreateFetchCounters();
        money.CreateCounter();
        energy.CreateCounter();
        new ReadingInstruments(_instruments, sources, reading).CreateGauges();
        new PriceInstruments(_instruments, sources, time).CreateGauges();
        money.CreateGauges();
        energy.CreateGauges();
        new DeviceInstruments(_instruments, sources).CreateGauges();
        Info("inference_model_info", "1, with what identifies the model as labels.", sources.ModelInfo);
        Info("inference_build_info", "1, with what identifies the build as labels.", sources.BuildInfo);
    }

    private void Info(string name, string description, IReadOnlyDictionary<string, string> labels) =>
        _instruments.Gauge(
            name,
            description,
            () => [_instruments.Point(1, [.. labels.Select(pair => Label(pair.Key, pair.Value))])]
        );
}
