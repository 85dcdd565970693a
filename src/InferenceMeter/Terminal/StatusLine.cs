using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>A line that turns while something is done; nothing where the output is not a terminal.</summary>
internal static class StatusLine
{
    /// <param name="console">Where it is shown.</param>
    /// <param name="text">What is being done.</param>
    /// <param name="work">Does it, and may change the text.</param>
    public static Task<T> RunAsync<T>(IAnsiConsole console, string text, Func<Action<string>, Task<T>> work) =>
        console.Profile.Capabilities is { Interactive: true, Ansi: true }
            ? console.Status().StartAsync(text, status => Task.Run(() => work(changed => status.Status(changed))))
            : work(_ => { });
}
