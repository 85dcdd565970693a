using Spectre.Console;

namespace InferenceMeter.Screens;

/// <summary>Progress of a download, on standard error: standard output is for what the command is asked for.</summary>
internal sealed class DownloadScreen
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(
        new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }
    );

    public DownloadScreen()
    {
        // Lines in a log are not to be broken at 80 columns.
        if (Console.IsErrorRedirected)
            _console.Profile.Width = 1000;
    }

    /// <summary>A line that the user should know and need not act on.</summary>
    public void Warn(string text) => Say($"warning: {text}");

    /// <summary>A line above the progress.</summary>
    public void Say(string text) => _console.WriteLine(text);

    /// <summary>Shows how far a download is.</summary>
    /// <param name="name">What is downloaded.</param>
    /// <param name="bytes">Its size, when it is known before a server says it.</param>
    /// <param name="download">Calls back with the bytes that are here, and those of the whole.</param>
    public Task<T> RunAsync<T>(string name, long? bytes, Func<Action<long, long?>, Task<T>> download)
    {
        ProgressColumn[] columns =
        [
            new TaskDescriptionColumn(),
            new ProgressBarColumn(),
            new DownloadedColumn(),
            new TransferSpeedColumn(),
            new RemainingTimeColumn(),
        ];
        return _console
            .Progress()
            .Columns(columns)
            .StartAsync(progress =>
            {
                var task = progress.AddTask(Markup.Escape(name), maxValue: bytes ?? 1);
                return download(
                    (done, all) =>
                    {
                        task.MaxValue = Math.Max(all ?? done, 1);
                        task.Value = done;
                    }
                );
            });
    }
}
