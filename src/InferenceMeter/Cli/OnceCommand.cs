using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.Pipeline;
using InferenceMeter.Settings;
using InferenceMeter.Terminal;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary><c>--once</c>: each image exactly once.</summary>
internal static class OnceCommand
{
    public static async Task<int> RunAsync(MeterSettings settings)
    {
        using var signals = new ShutdownSignals();
        var finished = settings.Once is { Resume: true, Output: { } earlier } ? ReadFinished(earlier) : [];
        // The output before the model: an unwritable file shows at once, and not after the work.
        if (settings.Once.Output is { } path)
            Probe(path);
        using var meter = await MeterStartup.OpenAsync(settings, finished, signals.Stop);
        using var output = settings.Once.Output is { } file
            ? Open(() => new JsonLinesOutput(file, settings.Once.Resume, meter.Model.Labels), file)
            : null;
        using var pipeline = meter.CreatePipeline(metrics: null, output);
        using var history = new HistoryWriter(meter);
        history.Start();
        meter.Cost.Refresher.Start();
        AnsiConsole.Console.Write(FactsTable.Render(ReadingDocument.From(meter.Snapshot()), address: null));
        var remark = meter.Source.Remark;
        var work = pipeline.RunAsync(signals.Stop, signals.Abandon);
        await new OnceScreen(AnsiConsole.Console, () => ReadingDocument.From(meter.Snapshot())).RunAsync(
            work,
            meter.Source.DistinctImages
        );
        var drained = await WaitAsync(work, signals, settings.Once.Output);
        // What lies in buckets and archives beside images is known only now.
        if (meter.Source.Remark is { } late && late != remark)
            await Console.Error.WriteLineAsync(late);
        var code = OnceSummary.Print(
            AnsiConsole.Console,
            ReadingDocument.From(meter.Snapshot()),
            signals.Stop.IsCancellationRequested,
            finished.Count
        );
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
                $"{output} cannot be written any more: {full.Message}; what it holds is whole lines, go on "
                    + "with --resume",
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
    }
}
