using InferenceMeter.Pricing;
using static InferenceMeter.Telemetry.InstrumentSet;

namespace InferenceMeter.Telemetry;

/// <summary>The price of the machine, and the public figures to compare its cost with.</summary>
internal sealed class PriceInstruments(InstrumentSet instruments, MetricSources sources, TimeProvider time)
{
    /// <summary>Creates the gauges.</summary>
    public void CreateGauges()
    {
        instruments.Gauge(
            "inference_price_usd_per_hour",
            "Price of this machine, in equal parts to its devices.",
            () =>
            {
                var price = sources.Prices.Current;
                return instruments.PerDevice(
                    _ => (double)price.UsdPerHour / instruments.DeviceCount,
                    Label("price_source", price.Source),
                    Label("price_date", price.AsOf.ToString("yyyy-MM-dd"))
                );
            }
        );
        instruments.Gauge(
            "inference_machine_info",
            "1, with what kind of machine the price is for as labels.",
            () =>
            {
                var price = sources.Prices.Current;
                return
                [
                    instruments.Point(
                        1,
                        Label("instance_type", price.Instance ?? "unknown"),
                        Label("cloud", price.Cloud ?? ""),
                        Label("region", price.Region ?? ""),
                        Label("purchase", price.Purchase?.Label() ?? "")
                    ),
                ];
            }
        );
        instruments.Gauge(
            "inference_price_age_seconds",
            "Time since the price's date; since its exchange rate's when that is older.",
            () =>
                [
                    instruments.Point(
                        sources.Prices.Current.AgeDays(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime)) * 86_400d
                    ),
                ],
            "s"
        );
        instruments.Gauge(
            "inference_reference_usd_per_billion_images",
            "Dated public figures to compare with.",
            () =>
                sources.References.Priced.Select(reference =>
                    instruments.Point((double)reference.UsdPerBillion!.Value, Named(reference))
                )
        );
        instruments.Gauge(
            "inference_reference_dearest_usd_per_billion_images",
            "The high end of references that are a range of prices on file.",
            () =>
                from reference in sources.References.Priced
                where reference.UsdPerBillionHigh is not null
                select instruments.Point((double)reference.UsdPerBillionHigh!.Value, Named(reference))
        );
        instruments.Gauge(
            "inference_images_per_second_needed",
            "Throughput that would reach a reference at the present price.",
            () =>
                from reference in sources.References.References
                let needed = reference.NeededImagesPerSecond(sources.Prices.Current.PerHour)
                where needed is not null
                select instruments.Point(needed!.Value, Label("reference", reference.Id))
        );

        static KeyValuePair<string, object?>[] Named(Reference reference) =>
            [Label("reference", reference.Id), Label("year", ((int)reference.CostYear).ToString())];
    }
}
