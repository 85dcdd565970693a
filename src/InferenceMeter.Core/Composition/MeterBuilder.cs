using InferenceMeter.History;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models;
using InferenceMeter.Models.Accuracy;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
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

    /// <summary>Opens the engine, in place of this machine's own devices.</summary>
    public IEngineFactory? Engines { get; init; }

    /// <summary>Telemetry of GPUs in place of the machine's own.</summary>
    public INvml? Nvml { get; init; }

    /// <summary>Opens everything; what was opened before something failed is closed again.</summary>
    /// <exception cref="ModelException">The model cannot be used.</exception>
    /// <exception cref="InferenceException">No session can be opened.</exception>
    /// <exception cref="ImageSourceException">There are no images.</exception>
    /// <exception cref="PriceException">The price cannot be had.</exception>
    public async Task<Meter> BuildAsync(CancellationToken cancellation)
    {
        var engines =
            Engines
            ?? new EngineFactory(Time)
            {
                Warn = Warn,
                Note = Note,
                Progress = Progress,
            };
        var metered = MeteredPipeline.Open(setup, engines, Time, Warn, nvml: Nvml);
        try
        {
            if (metered.Source.Remark is { } remark)
                Note(remark);
            var cost = await MachineCost.OpenAsync(
                setup.Cost,
                metered.Sensors,
                () => metered.Counters.Snapshot().Ok,
                Time,
                cancellation
            );
            var machine = Describe(metered);
            return new Meter(setup, metered)
            {
                Machine = machine,
                Ledger = new HourlyLedger(Time, machine),
                Utilization = new StageUtilization(Time, metered.Counters),
                Model = Checked(metered.Devices[0]),
                Cost = cost,
                History = setup.HistoryFile is { } file ? HistoryFile.Open(file, Time) : null,
            };
        }
        catch
        {
            metered.Dispose();
            throw;
        }
    }

    private static string Describe(MeteredPipeline metered)
    {
        var names = metered
            .Devices.Select((device, index) => metered.Sensors.Read(index).Name ?? device.Device)
            .GroupBy(name => name, StringComparer.Ordinal)
            .Select(same => same.Count() == 1 ? same.Key : $"{same.Count()} x {same.Key}");
        var cores = Environment.ProcessorCount;
        return $"{string.Join(" + ", names)}, {cores} core{(cores == 1 ? "" : "s")}";
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
}
