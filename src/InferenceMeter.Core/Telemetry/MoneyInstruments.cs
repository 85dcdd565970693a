using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using static InferenceMeter.Telemetry.InstrumentSet;

namespace InferenceMeter.Telemetry;

/// <summary>The money spent, and where the money of a billion images goes.</summary>
internal sealed class MoneyInstruments(InstrumentSet instruments, MetricSources sources, ScrapeReading scrape)
{
    /// <summary>Creates the counter.</summary>
    public void CreateCounter()
    {
        // In equal parts: what a device costs of a machine that is rented whole cannot be told apart.
        instruments.Counter(
            "inference_cost_usd",
            "Money spent since start, price x wall time, in equal parts to the devices.",
            () =>
            {
                var spent = (double)(sources.Spent?.Invoke() ?? sources.Prices.TotalSpent()) / instruments.DeviceCount;
                return instruments.PerDevice(_ => spent);
            }
        );
    }

    /// <summary>Creates the gauges.</summary>
    public void CreateGauges()
    {
        instruments.Gauge(
            "inference_cost_since_timestamp_seconds",
            "From when inference_cost_usd_total counts, Unix time.",
            () => sources.SpentSince is { } since ? [instruments.Point(since().ToUnixTimeMilliseconds() / 1000d)] : [],
            "s"
        );
        instruments.Gauge(
            "inference_stage_cost_usd_per_billion_images",
            "Where the money of the wall cost goes; the stages add up to it.",
            () =>
            {
                var reading = scrape.Get();
                var wall = CostReadings
                    .From(reading, sources.Prices, sources.Scope)
                    .FirstOrDefault(cost => cost is { Basis: Basis.Wall, Window: MeasurementWindow.TenSeconds });
                if (
                    wall is null
                    || reading.Window(MeasurementWindow.TenSeconds) is not { WallSeconds: > 0 } window
                    || sources.Breakdown?.Invoke(window.BusySeconds / window.WallSeconds) is not { } breakdown
                )
                    return [];
                return breakdown.Parts.Select(part =>
                    instruments.Point(
                        part.Share * (double)wall.UsdPerBillion,
                        Label("stage", part.Stage),
                        Label("scope", wall.Scope.Label()),
                        Label("window", wall.Window.Label())
                    )
                );
            }
        );
    }
}
