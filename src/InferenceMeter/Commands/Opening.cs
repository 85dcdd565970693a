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
        var warnings = new List<string>();
        try
        {
            return console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi
                ? console
                    .Status()
                    .Start(
                        "opening the model and the images (the built-in model is made once, in a few seconds)",
                        status => MeterParts.Open(settings, finished, warnings.Add, text => status.Status(text))
                    )
                : MeterParts.Open(settings, finished, warnings.Add);
        }
        finally
        {
            // Also before an error: why a provider was not taken may be what explains it.
            foreach (var warning in warnings)
                Console.Error.WriteLine($"warning: {warning}");
        }
    }
}
