using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.Pipeline.Requests;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using InferenceMeter.Terminal;
using InferenceMeter.Web;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary>
/// Classifies until it is stopped, and serves the figures; with <c>--once</c>, hands over to <see cref="OnceCommand"/>.
/// </summary>
internal static class ServeCommand
{
    /// <summary>
    /// How long a batch that is running at the end of the drain time may take to finish before the process ends.
    /// </summary>
    private static readonly TimeSpan LastBatch = TimeSpan.FromSeconds(2);

    public static Task<int> RunAsync(MeterSettings settings, CancellationToken cancellation) =>
        settings.Once.Enabled ? OnceCommand.RunAsync(settings) : ServeAsync(settings, cancellation);

    private static async Task<int> ServeAsync(MeterSettings settings, CancellationToken cancellation)
    {
        using var signals = new ShutdownSignals();
        using var meter = await MeterStartup.OpenAsync(settings, finished: null, signals.Stop);
        if (meter.History is not null)
            meter.Cost.Spent.CarryOn(meter.History);
        await using var app = MeterWebApplication.Build(meter, settings.Service);
        var metrics = app.Services.GetRequiredService<InferenceMetrics>();
        await MeterWebApplication.StartAsync(app, settings.Service.Urls, cancellation);
        meter.Cost.Refresher.Start();
        using var pipeline = meter.CreatePipeline(metrics, new RequestOutput());
        using var history = new HistoryWriter(meter);
        history.Start();
        using var ended = new CancellationTokenSource();
        var screen = new LiveScreen(AnsiConsole.Console, Read, string.Join(", ", app.Urls)).RunAsync(ended.Token);
        bool drained;
        try
        {
            drained = await RunAsync(pipeline.RunAsync(signals.Stop, signals.Abandon), signals);
        }
        finally
        {
            meter.Requests.Close();
            await ended.CancelAsync();
            await screen;
            // Also when every device was lost: what was counted until then is told.
            AnsiConsole.Console.WriteLine($"last reading: {LiveScreen.Line(Read())}");
        }

        using var hurry = new CancellationTokenSource(TimeSpan.FromSeconds(0.5));
        await app.StopAsync(hurry.Token);
        if (!drained)
            Environment.Exit(ExitCodes.Ok);
        return ExitCodes.Ok;

        ReadingDocument Read() => ReadingDocument.From(meter.Snapshot());
    }

    /// <summary>Waits for the pipeline, but after a signal only as long as the drain may take.</summary>
    /// <returns>Whether everything in flight was finished or given up in order.</returns>
    internal static async Task<bool> RunAsync(Task work, ShutdownSignals signals)
    {
        var late = new TaskCompletionSource();
        await using var abandoned = signals.Abandon.Register(() =>
            _ = Task.Delay(LastBatch).ContinueWith(_ => late.TrySetResult(), TaskScheduler.Default)
        );
        if (await Task.WhenAny(work, late.Task) != work)
            return false;
        await work;
        return true;
    }
}
