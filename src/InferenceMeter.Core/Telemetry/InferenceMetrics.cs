using System.Diagnostics;
using System.Diagnostics.Metrics;
using InferenceMeter.Images;
using InferenceMeter.Metering;
using InferenceMeter.Pricing;

namespace InferenceMeter.Telemetry;

/// <summary>
/// The only holder of instruments. Names are the Prometheus names of the contract, without the <c>_total</c> that
/// exporters add.
/// Counters and gauges are read when somebody scrapes; only the histograms are told of each event. A gauge that has
/// nothing
/// to say reports no point at all.
/// </summary>
public sealed class InferenceMetrics : IDisposable
{
    /// <summary>Name of the meter that exporters subscribe to.</summary>
    public const string MeterName = "InferenceMeter";

    private static readonly double[] BatchSeconds =
    [
        0.0005,
        0.001,
        0.002,
        0.005,
        0.01,
        0.02,
        0.05,
        0.1,
        0.2,
        0.5,
        1,
        2,
        5,
        10,
    ];

    /// <summary>Fine around 15 ms: the bound that MLPerf's server scenario sets for p99.</summary>
    private static readonly double[] RequestSeconds =
    [
        0.001,
        0.002,
        0.005,
        0.0075,
        0.01,
        0.0125,
        0.015,
        0.0175,
        0.02,
        0.025,
        0.05,
        0.075,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
    ];

    private static readonly double[] Sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

    private readonly Meter _meter;
    private readonly KeyValuePair<string, object?>[] _common;
    private readonly KeyValuePair<string, object?>[][] _devices;
    private readonly MetricLabels _labels;
    private readonly MetricSources _sources;
    private readonly ScrapeReading _reading;
    private readonly TimeProvider _time;
    private readonly Histogram<double> _batchDuration;
    private readonly Histogram<double> _requestDuration;
    private readonly Histogram<int> _batchSize;

    /// <summary>Creates all instruments; nothing is read before somebody scrapes.</summary>
    public InferenceMetrics(IMeterFactory factory, MetricLabels labels, MetricSources sources, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(labels);
        _meter = factory.Create(MeterName);
        (_sources, _time) = (sources, time);
        _reading = new ScrapeReading(sources.Reading, time);
        _labels = labels;
        _common = Common(labels.Whole);
        _devices = [.. labels.Devices.Select(Common)];
        _batchDuration = Histogram<double>(
            "inference_batch_duration_seconds",
            "s",
            "Time of one batch through the session.",
            BatchSeconds
        );
        _requestDuration = Histogram<double>(
            "inference_request_duration_seconds",
            "s",
            "Time from the arrival of an image to its answer.",
            RequestSeconds
        );
        _batchSize = Histogram(
            "inference_batch_size",
            null,
            "Images in a batch.",
            [.. Sizes.Select(size => (int)size)]
        );
        CreateCounters();
        CreateMeterGauges();
        CreatePriceGauges();
        CreateCostGauges();
        CreateDeviceGauges();
        Gauge(
            "inference_model_info",
            "1, with what identifies the model as labels.",
            () => [Point(1, [.. Labels(sources.ModelInfo)])]
        );
        Gauge(
            "inference_build_info",
            "1, with what identifies the build as labels.",
            () => [Point(1, [.. Labels(sources.BuildInfo)])]
        );
    }

    /// <summary>A batch went through a session.</summary>
    public void BatchRan(int device, double seconds, int images)
    {
        _batchDuration.Record(seconds, _devices[device]);
        _batchSize.Record(images, _devices[device]);
    }

    /// <summary>An image was answered.</summary>
    /// <param name="scope">What its time includes.</param>
    /// <param name="seconds">From arrival to answer.</param>
    public void RequestAnswered(Scope scope, double seconds) =>
        _requestDuration.Record(seconds, new TagList(_common) { { "scope", scope.Label() } });

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void CreateCounters()
    {
        Counter("inference_images", "Images by what became of them.", Images);
        Counter(
            "inference_batches",
            "Batches executed.",
            () => PerDevice(device => _sources.Work.Sum(work => work.Snapshot().Devices[device].Batches))
        );
        Counter(
            "inference_stage_busy_seconds",
            "Time that a stage worked, summed over its workers.",
            () =>
            {
                var works = _sources.Work.Select(work => work.Snapshot()).ToArray();
                return
                [
                    .. Enum.GetValues<Stage>()
                        .Where(stage => stage != Stage.Infer)
                        .Select(stage =>
                            Point(works.Sum(work => work.BusySeconds(stage)), Label("stage", stage.Label()))
                        ),
                    .. PerDevice(
                        device => works.Sum(work => work.Devices[device].BusySeconds),
                        Label("stage", Stage.Infer.Label())
                    ),
                ];
            },
            "s"
        );
        // In equal parts: what a device costs of a machine that is rented whole cannot be told apart.
        Counter(
            "inference_cost_usd",
            "Money spent since start, price x wall time, in equal parts to the devices.",
            () =>
            {
                var spent = (double)(_sources.Spent?.Invoke() ?? _sources.Prices.TotalSpent()) / _devices.Length;
                return PerDevice(_ => spent);
            }
        );
        Counter(
            "inference_energy_joules",
            "Energy from hardware counters; absent when none can be read.",
            () =>
                from device in Telemetry()
                where device.Reading is { EnergyJoules: not null, EnergySensor: not null }
                select Of(
                    device.Labels,
                    device.Reading.EnergyJoules!.Value,
                    Label("sensor", device.Reading.EnergySensor!)
                ),
            "J"
        );
    }

    private IEnumerable<Measurement<double>> Images()
    {
        foreach (var work in _sources.Work.SelectMany(counters => counters.Snapshot().Sources))
        {
            var source = Label("source", work.Source);
            foreach (var point in PerDevice(device => work.Ok[device], source, Label("outcome", "ok")))
                yield return point;
            foreach (
                var point in PerDevice(
                    device => work.NotRun[device],
                    source,
                    Label("outcome", "failed"),
                    Label("reason", ImageFailure.Inference.ToLabel())
                )
            )
                yield return point;
            yield return Point(work.Rejected, source, Label("outcome", "rejected"));
            foreach (
                var reason in Enum.GetValues<ImageFailure>()
                    .Where(reason => reason is not (ImageFailure.None or ImageFailure.Inference))
            )
                yield return Point(
                    work.FailedBy(reason),
                    source,
                    Label("outcome", "failed"),
                    Label("reason", reason.ToLabel())
                );
        }
    }

    private void CreateMeterGauges()
    {
        Gauge(
            "inference_queue_depth",
            "Items that wait in front of a stage.",
            () => _sources.QueueDepths.Select(queue => Point(queue.Value(), Label("stage", queue.Key.Label())))
        );
        Gauge(
            "inference_images_per_second",
            "Throughput over a window, with the bounds of its 95 % confidence interval.",
            () =>
                from window in _reading.Get().Windows
                where window.Name != "start" && window.ImagesPerSecond is not null
                let rate = window.ImagesPerSecond!.Value
                from bound in new[] { ("estimate", rate.Value), ("low", rate.Low), ("high", rate.High) }
                select Point(bound.Item2, Label("window", window.Name), Label("bound", bound.Item1))
        );
        Gauge(
            "inference_cost_usd_per_billion_images",
            "What a billion images cost at the throughput measured; absent when there is nothing to say.",
            () =>
                from cost in CostReadings.From(_reading.Get(), _sources.Prices, _sources.Scope, _sources.Slo?.Invoke())
                select Point(
                    (double)cost.UsdPerBillion,
                    Label("basis", cost.Basis.Label()),
                    Label("scope", cost.Scope.Label()),
                    Label("window", cost.Window)
                )
        );
        Gauge(
            "inference_measurement_state",
            "1 for the present state of the measurement, else 0.",
            () =>
                from state in Enum.GetValues<MeasurementState>()
                select Point(state == _reading.Get().State ? 1 : 0, Label("state", state.Label()))
        );
    }

    private void CreatePriceGauges()
    {
        Gauge(
            "inference_price_usd_per_hour",
            "Price of this machine, in equal parts to its devices.",
            () =>
            {
                var price = _sources.Prices.Current;
                return PerDevice(
                    _ => (double)price.UsdPerHour / _devices.Length,
                    Label("price_source", price.Source),
                    Label("price_date", price.AsOf.ToString("yyyy-MM-dd"))
                );
            }
        );
        Gauge(
            "inference_machine_info",
            "1, with what kind of machine the price is for as labels.",
            () =>
            {
                var price = _sources.Prices.Current;
                return
                [
                    Point(
                        1,
                        Label("instance_type", price.Instance ?? "unknown"),
                        Label("cloud", price.Cloud ?? ""),
                        Label("region", price.Region ?? ""),
                        Label("purchase", price.Purchase?.Label() ?? "")
                    ),
                ];
            }
        );
        Gauge(
            "inference_price_age_seconds",
            "Time since the price's date; since its exchange rate's when that is older.",
            () =>
                [
                    Point(
                        _sources.Prices.Current.AgeDays(DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime)) * 86_400d
                    ),
                ],
            "s"
        );
        Gauge(
            "inference_reference_usd_per_billion_images",
            "Dated public figures to compare with.",
            () =>
                _sources.References.Priced.Select(reference =>
                    Point((double)reference.UsdPerBillion!.Value, Named(reference))
                )
        );
        Gauge(
            "inference_reference_dearest_usd_per_billion_images",
            "The high end of references that are a range of prices on file.",
            () =>
                from reference in _sources.References.Priced
                where reference.UsdPerBillionHigh is not null
                select Point((double)reference.UsdPerBillionHigh!.Value, Named(reference))
        );
        Gauge(
            "inference_images_per_second_needed",
            "Throughput that would reach a reference at the present price.",
            () =>
                from reference in _sources.References.References
                let needed = reference.NeededImagesPerSecond(_sources.Prices.Current.PerHour)
                where needed is not null
                select Point(needed!.Value, Label("reference", reference.Id))
        );

        static KeyValuePair<string, object?>[] Named(Reference reference) =>
            [Label("reference", reference.Id), Label("year", ((int)reference.CostYear).ToString())];
    }

    private void CreateCostGauges()
    {
        Gauge(
            "inference_cost_since_timestamp_seconds",
            "From when inference_cost_usd_total counts, Unix time.",
            () => _sources.SpentSince is { } since ? [Point(since().ToUnixTimeMilliseconds() / 1000d)] : [],
            "s"
        );
        Gauge(
            "inference_stage_cost_usd_per_billion_images",
            "Where the money of the wall cost goes; the stages add up to it.",
            () =>
            {
                var reading = _reading.Get();
                var wall = CostReadings
                    .From(reading, _sources.Prices, _sources.Scope)
                    .FirstOrDefault(cost => cost is { Basis: Basis.Wall, Window: "10s" });
                if (
                    wall is null
                    || reading.Window("10s") is not { WallSeconds: > 0 } window
                    || _sources.Breakdown?.Invoke(window.BusySeconds / window.WallSeconds) is not { } breakdown
                )
                    return [];
                return breakdown.Parts.Select(part =>
                    Point(
                        part.Share * (double)wall.UsdPerBillion,
                        Label("stage", part.Stage),
                        Label("scope", wall.Scope.Label()),
                        Label("window", wall.Window)
                    )
                );
            }
        );
        // Without a unit: the exporter would put it behind a name that does not end with it.
        Gauge(
            "inference_energy_joules_per_image",
            "Energy of an image over the last minute, from hardware counters.",
            () => Energy() is { } energy ? [Point(energy.JoulesPerImage)] : []
        );
        Gauge(
            "inference_energy_usd_per_billion_images",
            "Electricity of a billion images at the tariff given; a part of the cost, not on top of it.",
            () =>
                Energy() is { } energy && _sources.EnergyUsdPerBillion?.Invoke(energy) is { } usd
                    ? [Point((double)usd)]
                    : []
        );

        EnergyCost? Energy() => _sources.Energy?.Invoke();
    }

    private void CreateDeviceGauges()
    {
        DeviceGauge(
            "inference_device_utilization_ratio",
            "Share of the device that is in use, 0 to 1.",
            device => device.UtilizationRatio
        );
        DeviceGauge(
            "inference_device_memory_used_bytes",
            "Memory in use; for a CPU the resident set of this process.",
            device => device.MemoryUsedBytes,
            "By"
        );
        DeviceGauge(
            "inference_device_memory_total_bytes",
            "Memory that the device or its slice has.",
            device => device.MemoryTotalBytes,
            "By"
        );
        DeviceGauge("inference_device_power_watts", "Power from a hardware counter.", device => device.PowerWatts, "W");
        DeviceGauge("inference_device_temperature_celsius", "Temperature.", device => device.TemperatureCelsius, "Cel");
        DeviceGauge(
            "inference_device_throttled",
            "1 when the device was held back since the last reading, else 0.",
            device =>
                device.Throttled switch
                {
                    true => 1,
                    false => 0,
                    null => null,
                }
        );
        DeviceGauge(
            "inference_device_sm_clock_hertz",
            "Clock of a GPU's streaming multiprocessors.",
            device => device.SmClockMegahertz * 1e6,
            "Hz"
        );
        DeviceGauge(
            "inference_device_other_processes",
            "Processes with a compute context on the device beside this one.",
            device => device.OtherProcesses
        );
        Gauge(
            "inference_device_info",
            "1, with the device's name and driver as labels.",
            () =>
                from device in Telemetry()
                where device.Reading.Name is not null
                select Of(
                    device.Labels,
                    1,
                    Label("name", device.Reading.Name!),
                    Label("driver", device.Reading.DriverVersion ?? "")
                )
        );
        Gauge(
            "inference_device_throttle_reason",
            "1 for each reason that lowered the clocks since the last reading.",
            () =>
                from device in Telemetry()
                from reason in device.Reading.ThrottleReasons
                select Of(device.Labels, 1, Label("reason", reason))
        );
    }

    private void DeviceGauge(string name, string description, Func<DeviceReading, double?> read, string? unit = null) =>
        Gauge(
            name,
            description,
            () =>
                from device in Telemetry()
                let value = read(device.Reading)
                where value is not null
                select Of(device.Labels, value!.Value),
            unit
        );

    private IEnumerable<(DeviceLabels Labels, DeviceReading Reading)> Telemetry() =>
        _sources.Devices.Select(device => (device.Labels, device.Sensor.Read()));

    private IEnumerable<Measurement<double>> PerDevice(
        Func<int, double> read,
        params KeyValuePair<string, object?>[] labels
    ) => _devices.Select((device, index) => new Measurement<double>(read(index), [.. device, .. labels]));

    private Measurement<double> Of(DeviceLabels device, double value, params KeyValuePair<string, object?>[] labels) =>
        new(value, [.. Common(device), .. labels]);

    private KeyValuePair<string, object?>[] Common(DeviceLabels device) =>
        [
            Label("device", device.Device),
            Label("provider", device.Provider),
            Label("model", _labels.Model),
            Label("precision", _labels.Precision),
        ];

    private void Counter(
        string name,
        string description,
        Func<IEnumerable<Measurement<double>>> observe,
        string? unit = null
    ) => _meter.CreateObservableCounter(name, observe, unit, description);

    private void Gauge(
        string name,
        string description,
        Func<IEnumerable<Measurement<double>>> observe,
        string? unit = null
    ) => _meter.CreateObservableGauge(name, observe, unit, description);

    private Histogram<T> Histogram<T>(string name, string? unit, string description, T[] buckets)
        where T : struct =>
        _meter.CreateHistogram(
            name,
            unit,
            description,
            tags: null,
            new InstrumentAdvice<T> { HistogramBucketBoundaries = buckets }
        );

    private Measurement<double> Point(double value, params KeyValuePair<string, object?>[] labels) =>
        new(value, [.. _common, .. labels]);

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    private static IEnumerable<KeyValuePair<string, object?>> Labels(IReadOnlyDictionary<string, string> labels) =>
        labels.Select(pair => Label(pair.Key, pair.Value));
}
