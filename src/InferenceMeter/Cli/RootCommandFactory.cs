using System.CommandLine;
using System.CommandLine.Parsing;
using InferenceMeter.Cli.Models;
using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Pricing;
using InferenceMeter.Settings;
using InferenceMeter.Tuning;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary>The command line: <c>serve</c> when nothing else is said.</summary>
internal static class RootCommandFactory
{
    /// <summary>Signals are ours: Ctrl-C drains first, which takes longer than the library would wait.</summary>
    private static readonly InvocationConfiguration Invocation = new()
    {
        ProcessTerminationTimeout = null,
        EnableDefaultExceptionHandler = false,
    };

    /// <summary>Runs what was typed.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> InvokeAsync(string[] args)
    {
        // Lines in a log or a pipe are for other programs: they are not to be broken at 80 columns.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 1000;
        var parsed = Create().Parse(args);
        if (
            parsed.CommandResult.Command is not RootCommand and var command
            && parsed.RootCommandResult.Children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit)
                is { } misplaced
        )
        {
            // The library would leave it out without a word.
            await Console.Error.WriteLineAsync(
                $"error: {misplaced.Option.Name} stands before the command; write: inferencemeter "
                    + $"{command.Name} {misplaced.Option.Name} ..."
            );
            return ExitCodes.BadSettings;
        }

        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync(Invocation);
        foreach (var error in parsed.Errors)
            await Console.Error.WriteLineAsync($"error: {error.Message.ReplaceLineEndings(" ")}");
        await Console.Error.WriteLineAsync("--help shows all commands and options");
        return ExitCodes.BadSettings;
    }

    private static RootCommand Create()
    {
        var root = new RootCommand(
            """
            InferenceMeter: what it costs to classify a billion images on this machine, live.

            Without a command it serves: images go through the model, the figures are at http://localhost:8080
            (/metrics for Prometheus, /api/v1/meter). Every option is also a key in appsettings.json and an
            environment variable: --usd-per-hour 2.49 is Pricing__UsdPerHour=2.49.
            """
        );
        Add(root, CommandScopes.Serve, Serve);
        var serve = new Command("serve", "Classify and serve the figures until Ctrl-C (the default command).");
        Add(serve, CommandScopes.Serve, Serve);
        root.Subcommands.Add(serve);
        var bench = new Command(
            "bench",
            "Measure for a bounded time with the same pipeline and print the result with a verdict."
        );
        Add(bench, CommandScopes.Bench, (settings, _, _) => BenchCommand.RunAsync(settings));
        root.Subcommands.Add(bench);
        root.Subcommands.Add(CompareCommand.Create());
        root.Subcommands.Add(PriceCommand.Create((command, run) => Add(command, CommandScopes.Price, run)));
        root.Subcommands.Add(TuneCommand.Create((command, run) => Add(command, CommandScopes.Tune, run)));
        root.Subcommands.Add(LoadCommand.Create((command, run) => Add(command, CommandScopes.Load, run)));
        root.Subcommands.Add(SweepCommand.Create((command, run) => Add(command, CommandScopes.Load, run)));
        root.Subcommands.Add(ModelCommand.Create(Add));
        root.Subcommands.Add(HealthCommand.Create((command, run) => Add(command, CommandScopes.None, run)));
        return root;

        static Task<int> Serve(MeterSettings settings, ParseResult parsed, CancellationToken cancellation) =>
            ServeCommand.RunAsync(settings, cancellation);
    }

    private static void Add(
        Command command,
        CommandScopes scope,
        Func<MeterSettings, ParseResult, CancellationToken, Task<int>> run
    )
    {
        var options = new SettingOptions(command, scope);
        command.SetAction(
            async (parsed, cancellation) =>
            {
                try
                {
                    var (settings, errors) = SettingsReader.Read(options.Configure(parsed));
                    if (errors.Count == 0)
                        return await run(settings, parsed, cancellation);
                    await Console.Error.WriteLineAsync(
                        $"{errors.Count} setting{(errors.Count == 1 ? "" : "s")} cannot be used:"
                    );
                    foreach (var error in errors)
                        await Console.Error.WriteLineAsync($"  {error}");
                    return ExitCodes.BadSettings;
                }
                catch (InvalidDataException unreadable)
                {
                    // A configuration file that is no JSON: the inner message has the line.
                    await Console.Error.WriteLineAsync(
                        $"error: {unreadable.Message} {unreadable.InnerException?.Message}".ReplaceLineEndings(" ")
                    );
                    return ExitCodes.BadSettings;
                }
                catch (Exception error)
                    when (error
                            is UserException
                                or ModelException
                                or InferenceException
                                or ImageSourceException
                                or PriceException
                                or TuningException
                    )
                {
                    var message = error is PriceException price ? price.Describe() : error.Message;
                    await Console.Error.WriteLineAsync($"error: {message.ReplaceLineEndings(" ")}");
                    return error switch
                    {
                        UserException { ExitCode: var code } => code,
                        InferenceException { Fault: InferenceFault.DeviceLost } => ExitCodes.Failed,
                        _ => ExitCodes.BadSettings,
                    };
                }
            }
        );
    }
}
