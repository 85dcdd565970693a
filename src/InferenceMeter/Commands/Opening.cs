using InferenceMeter.Hosting;
using InferenceMeter.Settings;
using Spectre.Console;

namespace InferenceMeter.Commands;

/// <summary>Opens model and images while the terminal says that it does.</summary>
internal static class Opening
{
    public static MeterParts Parts(MeterSettings settings, IReadOnlySet<string> finished)
    {
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
}
