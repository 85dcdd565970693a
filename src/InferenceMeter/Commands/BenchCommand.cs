using InferenceMeter.Hosting;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Screens;
using InferenceMeter.Settings;
using Spectre.Console;

namespace InferenceMeter.Commands;

/// <summary>A bounded measurement with a verdict, on the pipeline that also serves.</summary>
internal static class BenchCommand
{
    public static async Task<int> RunAsync(MeterSettings settings)
    {
        if (settings.Bench.Json is { } json)
            JsonFile.Probe(json);
        using var signals = new ShutdownSignals();
        using var parts = await Opening.PartsAsync(settings, new HashSet<string>(StringComparer.Ordinal), signals.Stop);
        return settings.Bench.Paired ? await PairedBench.RunAsync(parts, signals) : await RunAsync(parts, signals);
    }

    private static async Task<int> RunAsync(MeterParts parts, ShutdownSignals signals)
    {
        using var pipeline = parts.CreatePipeline(metrics: null);
        var work = pipeline.RunAsync(signals.Stop, signals.Abandon);
        var watch = new BenchWatch(parts);
        await BenchScreen.WaitAsync(AnsiConsole.Console, parts, work, watch, signals.Stop);
        var document = watch.Finish();
        signals.RequestStop();
        var drained = true;
        InferenceException? lost = null;
        try
        {
            drained = await ServeCommand.RunAsync(work, signals);
        }
        catch (InferenceException e)
        {
            // What was measured until then is still told, as INVALID.
            lost = e;
        }

        BenchReport.Print(AnsiConsole.Console, document);
        new RunArchive(parts.History).Save(document, document.Verdict);
        if (parts.History?.Trouble is { } trouble)
            await Console.Error.WriteLineAsync($"warning: the run is not in the history: {trouble}");
        if (parts.Settings.Bench.Json is { } json)
            JsonFile.Write(json, document);
        if (lost is not null)
            throw lost;
        var code = document.Verdict == "VALID" ? ExitCodes.Ok : ExitCodes.Failed;
        if (!drained)
            Environment.Exit(code);
        return code;
    }
}
