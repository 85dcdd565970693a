using System.Diagnostics.Metrics;
using InferenceMeter.Metering;
using InferenceMeter.Telemetry;

namespace InferenceMeter.Tests.Telemetry;

public sealed class DeviceMetricsTests
{
    [Fact]
    public void What_a_gpu_tells_is_exported_in_base_units()
    {
        var exported = Scrape(
            new DeviceReading
            {
                MemoryTotalBytes = 150_754_820_096,
                SmClockMegahertz = 1755,
                OtherProcesses = 0,
                ThrottleReasons = ["sw_power_cap", "sw_thermal"],
            }
        );

        Assert.Equal(
            [
                ("inference_device_memory_total_bytes", "", 150_754_820_096),
                ("inference_device_other_processes", "", 0),
                ("inference_device_sm_clock_hertz", "", 1.755e9),
                ("inference_device_throttle_reason", "sw_power_cap", 1),
                ("inference_device_throttle_reason", "sw_thermal", 1),
            ],
            exported
        );
    }

    [Fact]
    public void What_is_unknown_is_absent()
    {
        Assert.Empty(Scrape(new DeviceReading()));
        Assert.Empty(Scrape(null));
    }

    private static List<(string Name, string Reason, double Value)> Scrape(DeviceReading? reading)
    {
        using var factory = new Factory();
        using var metrics = new InferenceMetrics(
            factory,
            new MetricLabels([new DeviceLabels("cuda:0", "p")], "m", "fp16"),
            new MetricSources
            {
                Work = [],
                Reading = () => throw new InvalidOperationException("not a device gauge"),
                Prices = null!,
                Scope = Scope.Model,
                Devices = reading is null ? [] : [(new DeviceLabels("cuda:0", "p"), new Fixed(reading))],
            },
            TimeProvider.System
        );
        var points = new List<(string, string, double)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (
                    instrument.Name.StartsWith("inference_device_", StringComparison.Ordinal)
                    && instrument.Meter == factory.Meter
                )
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) =>
                points.Add(
                    (
                        instrument.Name,
                        tags.ToArray().FirstOrDefault(tag => tag.Key == "reason").Value as string ?? "",
                        value
                    )
                )
        );
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. points.Order()];
    }

    private sealed class Fixed(DeviceReading reading) : IDeviceSensor
    {
        public DeviceReading Read() => reading;
    }

    private sealed class Factory : IMeterFactory
    {
        public Meter? Meter { get; private set; }

        public Meter Create(System.Diagnostics.Metrics.MeterOptions options) => Meter = new Meter(options);

        public void Dispose() => Meter?.Dispose();
    }
}
