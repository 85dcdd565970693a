using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using static InferenceMeter.Telemetry.InstrumentSet;

namespace InferenceMeter.Telemetry;

/// <summary>What the meter reads: queues, throughput, cost and state.</summary>
internal sealed class ReadingInstruments(InstrumentSet instruments, MetricSources sources, ScrapeReading reading)
{
    /// <summary>Creates the gauges.</summary>
    public void CreateGauges()
    {
        instruments.Gauge(
            "inference_queue_depth",
            "Items that wait in front of a stage.",
            () =>
                sources.QueueDepths.Select(queue => instruments.Point(queue.Value(), Label("stage", queue.Key.Label())))
        );
        instruments.Gauge(
            "inference_images_per_second",
            "Throughput over a window, with the bounds of its 95 % confidence interval.",
            () =>
                from window in reading.Get().Windows
                where window.Window != MeasurementWindow.SinceStart && window.ImagesPerSecond is not null
                let rate = window.ImagesPerSecond!.Value
                from bound in new[] { ("estimate", rate.Value), ("low", rate.Low), ("high", rate.High) }
                select instruments.Point(
                    bound.Item2,
                    Label("window", window.Window.Label()),
                    Label("bound", bound.Item1)
                )
        );
        instruments.Gauge(
            "inference_cost_usd_per_billion_images",
            "What a billion images cost at the throughput measured; absent when there is nothing to say.",
            () =>
                from cost in CostReadings.From(reading.Get(), sources.Prices, sources.Scope, sources.Slo?.Invoke())
                select instruments.Point(
                    (double)cost.UsdPerBillion,
                    Label("basis", cost.Basis.Label()),
                    Label("scope", cost.Scope.Label()),
                    Label("window", cost.Window.Label())
                )
        );
        instruments.Gauge(
            "inference_measurement_state",
            "1 for the present state of the measurement, else 0.",
            () =>
                from state in Enum.GetValues<MeasurementState>()
                select instruments.Point(state == reading.Get().State ? 1 : 0, Label("state", state.Label()))
        );
    }
}
