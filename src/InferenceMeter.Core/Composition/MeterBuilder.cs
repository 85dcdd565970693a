using InferenceMeter.History;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Models.Accuracy;
using InferenceMeter.Pipeline;
using InferenceMeter.Preprocessing;
using InferenceMeter.Pricing;
using InferenceMeter.Telemetry;
using InferenceMeter.Telemetry.Nvml;

namespace InferenceMeter.Composition;

/// <summary>Opens the images, the model, the devices and the price of a meter.</summary>
internal sealed class MeterBuilder(MeterSetup setup)
{
    /// <summary>Clock of everything that is measured.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Called with one line about what the user should know and need not act on.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Called with one line that is as expected and still worth knowing.</summary>
    public Action<string> Note { get; init; } = _ => { };

    /// <summary>Called with what is being done, for whoever waits for it.</summary>
    public Action<string> Progress { get; init; } = _ => { };

    /// <summary>An engine that is open already, in place of the one that the setup asks for.</summary>
    public Engine? Engine { get; init; }

    /// <summary>Images in place of those that the setup asks for.</summary>
    public IImageSource? Source { get; init; }

    /// <summary>Telemetry of GPUs in place of the machine's own.</summary>
    public INvml? Nvml { get; init; }

    /// <summary>Opens everything; what was opened before something failed is closed again.</summary>
    /// <exception cref="ModelException">The model cannot be used.</exception>
    /// <exception cref="InferenceException">No session can be opened.</exception>
    /// <exception cref="ImageSourceException">There are no images.</exception>
    /// <exception cref="PriceException">The price cannot be had.</exception>
    public async Task<Meter> BuildAsync(CancellationToken cancellation)
    {
        // Images first: a wrong folder shows at once, a model takes seconds.
        var source = Source ?? setup.Images.Open(Time);
        Engine? engine = null;
        try
        {
            if (source.Remark is { } remark)
                Note(remark);
            engine = Engine ?? OpenEngine();
            var sensors = new DeviceSensors(engine.Devices, Time, Nvml);
            if (sensors.Warning is { } warning)
                Warn(warning);
            var counters = new WorkCounters(Time, source.Kind, engine.Devices.Count);
            var cost = await MachineCost.OpenAsync(
                setup.Cost,
                sensors,
                () => counters.Snapshot().Ok,
                Time,
                cancellation
            );
            var machine = Describe(engine.Devices, sensors);
            return new Meter(setup, Time)
            {
                Machine = machine,
                Ledger = new HourlyLedger(Time, machine),
                Utilization = new StageUtilization(Time, counters),
                Source = source,
                Engine = engine,
                Model = Checked(engine.Devices[0]),
                Preprocessing = PreprocessingFor(engine.Devices[0].Model),
                Sensors = sensors,
                Counters = counters,
                Cost = cost,
                History = setup.HistoryFile is { } file ? HistoryFile.Open(file, Time) : null,
            };
        }
        catch
        {
            foreach (var device in engine?.Devices ?? [])
                device.Dispose();
            source.Dispose();
            throw;
        }
    }

    private static string Describe(IReadOnlyList<IInferenceSessionFactory> devices, DeviceSensors sensors)
    {
        var names = devices
            .Select((device, index) => sensors.Read(index).Name ?? device.Device)
            .GroupBy(name => name, StringComparer.Ordinal)
            .Select(same => same.Count() == 1 ? same.Key : $"{same.Count()} x {same.Key}");
        var cores = Environment.ProcessorCount;
        return $"{string.Join(" + ", names)}, {cores} core{(cores == 1 ? "" : "s")}";
    }

    private Engine OpenEngine()
    {
        if (setup.Engine.NullSession)
        {
            var nothing = new NullSessionFactory();
            var cores = Environment.ProcessorCount;
            return new Engine([nothing], EngineConfiguration.Resolve(setup.Engine, nothing.Model, cores), null);
        }

        return EngineFactory.Open(setup.Engine, setup.Model.Load(Warn), Time, Warn, Note, Progress);
    }

    /// <summary>With what was found of it in this precision on this provider, and not what another did.</summary>
    private ModelDescription Checked(IInferenceSessionFactory device) =>
        device.Model with
        {
            AccuracyCheck =
                AccuracyStore
                    .InCache(setup.Model.CacheFolder)
                    .Find(device.Model.Sha256, device.Model.Precision, device.Provider)
                    ?.Label
                ?? ModelDescription.NotChecked,
        };

    private PreprocessingOptions PreprocessingFor(ModelDescription model) =>
        setup.Limits with
        {
            ResizeShorterSide = model.ResizeShorterSide,
            CropHeight = model.Height,
            CropWidth = model.Width,
        };
}
