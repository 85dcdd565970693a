using InferenceMeter.Pricing;
using static InferenceMeter.Telemetry.InstrumentSet;

namespace InferenceMeter.Telemetry;

/// <summary>Energy from hardware counters, per image and as money.</summary>
internal sealed class EnergyInstruments(InstrumentSet instruments, MetricSources sources)
{
    /// <summary>Creates the counter.</summary>
    public void CreateCounter()
    {
        instruments.Counter(
            "inference_energy_joules",
            "Energy from hardware counters; absent when none can be read.",
            () =>
                from device in sources.DeviceReadings()
                where device.Reading is { EnergyJoules: not null, EnergySensor: not null }
                select instruments.Of(
                    device.Labels,
                    device.Reading.EnergyJoules!.Value,
                    Label("sensor", device.Reading.EnergySensor!)
                ),
            "J"
        );
    }

    /// <summary>Creates the gauges.</summary>
    public void CreateGauges()
    {
        // Without a unit: the exporter would put it behind a name that does not end with it.
        instruments.Gauge(
            "inference_energy_joules_per_image",
            "Energy of an image over the last minute, from hardware counters.",
            () => Energy() is { } energy ? [instruments.Point(energy.JoulesPerImage)] : []
        );
        instruments.Gauge(
            "inference_energy_usd_per_billion_images",
            "Electricity of a billion images at the tariff given; a part of the cost, not on top of it.",
            () =>
                Energy() is { } energy && sources.EnergyUsdPerBillion?.Invoke(energy) is { } usd
                    ? [instruments.Point((double)usd)]
                    : []
        );

        EnergyCost? Energy() => sources.Energy?.Invoke();
    }
}
