using System.CommandLine;
using InferenceMeter.Errors;
using InferenceMeter.Metering;
using InferenceMeter.Settings;
using InferenceMeter.Settings.Load;
using InferenceMeter.Terminal;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary><c>load</c>: tests how a target bears a load, and finds the highest rate that keeps its promise.</summary>
internal static class LoadCommand
{
    /// <summary>The command.</summary>
    /// <param name="add">Registers the command with its options and what it does with them.</param>
    public static Command Create(
        Action<
            Command,
            Func<ParseResult, OptionsResult<LoadOptions>>,
            Func<MeterSettings, LoadOptions, CancellationToken, Task<int>>
        > add
    )
    {
        var command = new Command(
            "load",
            "Test a target under load: scenarios as MLPerf's, latency from the scheduled instant, the "
                + "highest rate that keeps a bound."
        );
        add(command, new CommandOptions<LoadOptions>(command, LoadOptionsRules.All).Read, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(MeterSettings settings, LoadOptions options, CancellationToken cancellation)
    {
        if (options.Json is { } probed)
            JsonFile.Probe(probed);
        using var signals = new ShutdownSignals();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, signals.Stop);
        await using var session = await LoadTestStartup.OpenAsync(settings, options, options.Tensors, stop.Token);
        var runner = new LoadTestRunner(session, stop.Token);
        var plan = options.ToPlan();
        var run = options.FindPeak
            ? await PeakRun.RunAsync(runner, plan, stop.Token)
            : runner.Document(await runner.RunAsync(plan));
        if (run is not null)
        {
            LoadReport.Print(AnsiConsole.Console, run);
            if (options.Json is { } file)
                JsonFile.Write(file, run);
        }

        var isValid = run?.Verdict == Verdict.Valid.Label();
        if (isValid && options.Publish)
        {
            await session.Remote!.PublishAsync(run!, stop.Token);
            AnsiConsole.Console.WriteLine(
                $"published   {run!.Rate:#,0.##}/s is the basis slo of {options.Address} now"
            );
        }

        if (stop.IsCancellationRequested)
            return ExitCodes.Interrupted;
        return isValid ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
