using InferenceMeter.Hosting;
using InferenceMeter.Pipeline;
using InferenceMeter.Screens;
using InferenceMeter.Settings;
using Spectre.Console;

namespace InferenceMeter.Commands;

/// <summary><c>--once</c>: each image of a folder exactly once.</summary>
internal static class OnceCommand
{
    public static async Task<int> RunAsync(MeterSettings settings)
    {
        using var signals = new ShutdownSignals();
        var finished = settings.Once is { Resume: true, Output: { } earlier } ? ReadFinished(earlier) : [];
        // The output before the model: an unwritable file shows at once, and not after the work.
        if (settings.Once.Output is { } path)
            Probe(path);
        using var parts = await Opening.PartsAsync(settings, finished, signals.Stop);
        using var output = settings.Once.Output is { } file
            ? Open(() => new JsonLinesOutput(file, settings.Once.Resume, parts.Model.Labels), file)
            : null;
        using var pipeline = parts.CreatePipeline(metrics: null, output);
        using var keeper = new HistoryKeeper(parts);
        keeper.Start();
        AnsiConsole.Console.Write(FactsTable.Render(Api.ReadingDocument.From(parts), address: null));
        var work = pipeline.RunAsync(signals.Stop, signals.Abandon);
        await new OnceScreen(AnsiConsole.Console, parts).RunAsync(work, parts.Source.DistinctImages);
        var drained = await WaitAsync(work, signals, settings.Once.Output);
        var code = OnceSummary.Print(AnsiConsole.Console, parts, signals.Stop.IsCancellationRequested, finished.Count);
        if (!drained)
            Environment.Exit(code);
        return code;
    }

    private static async Task<bool> WaitAsync(Task work, ShutdownSignals signals, string? output)
    {
        try
        {
            return await ServeCommand.RunAsync(work, signals);
        }
        catch (IOException full) when (output is not null)
        {
            throw new UserException(
                $"{output} cannot be written any more: {full.Message}; what it holds is whole lines, go on with --resume",
                ExitCodes.Failed
            );
        }
    }

    private static HashSet<string> ReadFinished(string path) => Open(() => JsonLinesOutput.ReadFinished(path), path);

    private static void Probe(string path) =>
        Open(() => new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read), path).Dispose();

    private static T Open<T>(Func<T> open, string path)
    {
        try
        {
            return open();
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new UserException(
                $"--output {path} cannot be written: {e.Message}; give a file in a folder that exists and is yours"
            );
        }
        catch (InvalidDataException e)
        {
            throw new UserException(e.Message);
        }
    }
}
