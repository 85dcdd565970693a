using System.Diagnostics.Metrics;

namespace InferenceMeter.Telemetry;

/// <summary>Creates instruments and the labelled points that they report.</summary>
internal sealed class InstrumentSet : IDisposable
{
    private readonly Meter _meter;
    private readonly MetricLabels _labels;
    private readonly KeyValuePair<string, object?>[] _whole;
    private readonly KeyValuePair<string, object?>[][] _devices;

    /// <param name="meter">Disposed with this.</param>
    /// <param name="labels">The labels that every instrument carries.</param>
    public InstrumentSet(Meter meter, MetricLabels labels)
    {
        _meter = meter;
        _labels = labels;
        _whole = Common(labels.Whole);
        _devices = [.. labels.Devices.Select(Common)];
    }

    /// <summary>Number of devices, at least 1.</summary>
    public int DeviceCount => _devices.Length;

    /// <summary>Common labels of what belongs to no single device.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Whole => _whole;

    /// <summary>One label.</summary>
    public static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    /// <summary>Common labels of one device.</summary>
    /// <param name="index">From 0, as <see cref="Metering.WorkCounters"/> counts devices.</param>
    public KeyValuePair<string, object?>[] Device(int index) => _devices[index];

    /// <summary>One point for each device, with the device's labels.</summary>
    /// <param name="read">Its value, from the index of the device.</param>
    /// <param name="labels">Labels beside the common ones.</param>
    public IEnumerable<Measurement<double>> PerDevice(
        Func<int, double> read,
        params KeyValuePair<string, object?>[] labels
    ) => _devices.Select((device, index) => new Measurement<double>(read(index), [.. device, .. labels]));

    /// <summary>A point of one device that may be none of those images are run on.</summary>
    public Measurement<double> Of(DeviceLabels device, double value, params KeyValuePair<string, object?>[] labels) =>
        new(value, [.. Common(device), .. labels]);

    /// <summary>A point of what belongs to no single device.</summary>
    public Measurement<double> Point(double value, params KeyValuePair<string, object?>[] labels) =>
        new(value, [.. _whole, .. labels]);

    /// <summary>Creates a counter that is read on each scrape.</summary>
    public void Counter(
        string name,
        string description,
        Func<IEnumerable<Measurement<double>>> observe,
        string? unit = null
    ) => _meter.CreateObservableCounter(name, observe, unit, description);

    /// <summary>Creates a gauge that is read on each scrape; one with nothing to say reports no point.</summary>
    public void Gauge(
        string name,
        string description,
        Func<IEnumerable<Measurement<double>>> observe,
        string? unit = null
    ) => _meter.CreateObservableGauge(name, observe, unit, description);

    /// <summary>Creates a histogram that is told of each event.</summary>
    public Histogram<T> Histogram<T>(string name, string? unit, string description, T[] buckets)
        where T : struct =>
        _meter.CreateHistogram(
            name,
            unit,
            description,
            tags: null,
            new InstrumentAdvice<T> { HistogramBucketBoundaries = buckets }
        );

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private KeyValuePair<string, object?>[] Common(DeviceLabels device) =>
        [
            Label("device", device.Device),
            Label("provider", device.Provider),
            Label("model", _labels.Model),
            Label("precision", _labels.Precision),
        ];
}
