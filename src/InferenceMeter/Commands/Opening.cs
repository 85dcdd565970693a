using InferenceMeter.Hosting;
using InferenceMeter.Settings;
using Spectre.Console;

namespace InferenceMeter.Commands;

/// <summary>Opens model and images while the terminal says that it does.</summary>
internal static class Opening
{
    public static async Task<MeterParts> PartsAsync(
        MeterSettings settings,
        IReadOnlySet<string> finished,
        CancellationToken cancellation
    )
    {
        if (settings.Model.Path is { } name && !Path.Exists(name))
            Probe(settings, finished);
        // Before anything is drawn: a download draws its own progress, and can be interrupted.
        settings = await ModelFiles.ResolveAsync(settings, cancellation);
        var console = AnsiConsole.Console;
        var lines = new List<string>();
        try
        {
            return console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi
                ? console
                    .Status()
                    .Start(
                        "opening the model and the images (the built-in model is made once, in a few seconds)",
                        status => MeterParts.Open(settings, finished, Warn, lines.Add, text => status.Status(text))
                    )
                : MeterParts.Open(settings, finished, Warn, lines.Add);
        }
        finally
        {
            // Also before an error: why a provider was not taken may be what explains it.
            foreach (var line in lines)
                Console.Error.WriteLine(line);
        }

        void Warn(string text) => lines.Add($"warning: {text}");
    }

    /// <summary>A folder without images shows before a model is downloaded, and not after.</summary>
    private static void Probe(MeterSettings settings, IReadOnlySet<string> finished)
    {
        if (settings.Images is { Directory: null, Manifest: null })
            return;
        MeterParts.OpenSource(settings, finished, TimeProvider.System).Dispose();
    }
}
