using System.CommandLine;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.Metering;
using InferenceMeter.Reports;
using InferenceMeter.Settings;
using InferenceMeter.Settings.Load;
using InferenceMeter.Terminal;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary><c>sweep</c>: load runs over rates or numbers of clients, and batch sizes, side by side.</summary>
internal static class SweepCommand
{
    /// <summary>The command.</summary>
    /// <param name="add">Registers the command with its options and what it does with them.</param>
    public static Command Create(
        Action<
            Command,
            Func<ParseResult, OptionsResult<SweepOptions>>,
            Func<MeterSettings, SweepOptions, CancellationToken, Task<int>>
        > add
    )
    {
        var command = new Command(
            "sweep",
            "Test a target under rates or numbers of clients, and batch sizes, one after the other."
        );
        add(command, new CommandOptions<SweepOptions>(command, SweepOptionsRules.All).Read, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(
        MeterSettings settings,
        SweepOptions options,
        CancellationToken cancellation
    )
    {
        Probe("--csv", options.Csv);
        Probe("--json", options.Json);
        Probe("--plot", options.Plot);
        using var signals = new ShutdownSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, signals.Stop);
        var runs = new List<LoadDocument>();
        foreach (var batch in options.Batches?.Select(size => (int?)size) ?? [null])
        {
            if (stop.IsCancellationRequested)
                break;
            await RunBatchAsync(settings, options, batch, runs, stop.Token);
        }

        // Also of a sweep that was interrupted: each run says for itself whether it is VALID.
        AnsiConsole.Console.Write(LoadSweepReport.Table(runs));
        if (options.Csv is { } csv)
            await File.WriteAllTextAsync(csv, SweepCsv.Document(runs), CancellationToken.None);
        if (options.Json is { } json)
            JsonFile.Write(json, runs);
        if (options.Plot is { } plot)
            await File.WriteAllTextAsync(plot, SweepPlot.Document(runs), CancellationToken.None);
        if (stop.IsCancellationRequested)
            return ExitCodes.Interrupted;
        return runs.TrueForAll(run => run.Verdict == Verdict.Valid.Label()) ? ExitCodes.Ok : ExitCodes.Failed;
    }

    /// <summary>Runs all loads at one batch size.</summary>
    /// <param name="settings">Valid settings.</param>
    /// <param name="options">The target and the loads.</param>
    /// <param name="batch">Images in a full batch; <see langword="null"/> for that of the settings.</param>
    /// <param name="runs">Gets each run as soon as it has ended.</param>
    /// <param name="stop">Ends the sweep early.</param>
    private static async Task RunBatchAsync(
        MeterSettings settings,
        SweepOptions options,
        int? batch,
        List<LoadDocument> runs,
        CancellationToken stop
    )
    {
        var batching = settings.Batching with { BatchSize = batch ?? settings.Batching.BatchSize };
        await using var session = await LoadTestStartup.OpenAsync(
            settings with
            {
                Batching = batching,
            },
            options,
            tensors: false,
            stop
        );
        var runner = new LoadTestRunner(session, stop);
        foreach (var plan in options.ToPlans())
        {
            if (stop.IsCancellationRequested)
                break;
            var run = runner.Document(await runner.RunAsync(plan));
            runs.Add(run);
            AnsiConsole.Console.WriteLine(LoadSweepReport.Line(run));
        }
    }

    private static void Probe(string option, string? file)
    {
        if (file is not null)
            JsonFile.Probe(file, option);
    }
}
