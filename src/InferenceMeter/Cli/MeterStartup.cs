using InferenceMeter.Composition;
using InferenceMeter.Settings;
using InferenceMeter.Terminal;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary>Opens model, images, devices and price while the terminal says so.</summary>
internal static class MeterStartup
{
    /// <param name="settings">Valid settings.</param>
    /// <param name="finished">Names of images that an earlier run has answered already.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Meter> OpenAsync(
        MeterSettings settings,
        IReadOnlySet<string>? finished,
        CancellationToken cancellation
    )
    {
        if (settings.Model.Path is { } name && !Path.Exists(name))
            Probe(settings, finished);
        // Before anything is drawn: a download draws its own progress, and can be interrupted.
        settings = await ModelFiles.ResolveAsync(settings, cancellation);
        var setup = settings.ToSetup(finished, TimeProvider.System);
        var lines = new List<string>();
        try
        {
            return await StatusLine.RunAsync(
                AnsiConsole.Console,
                "opening the model and the images (the built-in model is made once, in a few seconds)",
                show =>
                    new MeterBuilder(setup)
                    {
                        Warn = text => lines.Add($"warning: {text}"),
                        Note = lines.Add,
                        Progress = show,
                    }.BuildAsync(cancellation)
            );
        }
        finally
        {
            // Also before an error: why a provider was not taken may be what explains it.
            foreach (var line in lines)
                await Console.Error.WriteLineAsync(line);
        }
    }

    /// <summary>A place without images shows before a model is downloaded, and not after.</summary>
    private static void Probe(MeterSettings settings, IReadOnlySet<string>? finished)
    {
        if (settings.Images is { Sources.Count: 0, Manifest: null })
            return;
        settings.ToSetup(finished, TimeProvider.System).Images.Open(TimeProvider.System).Dispose();
    }
}
