using InferenceMeter.Documents;
using InferenceMeter.Reports;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>The progress of <c>--once</c>: share done, rate, remaining time, money so far.</summary>
internal sealed class OnceScreen(IAnsiConsole console, Func<ReadingDocument> read)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(0.25);

    /// <summary>Shows progress until <paramref name="work"/> has ended.</summary>
    public Task RunAsync(Task work, int images) =>
        console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi
            ? console
                .Progress()
                .HideCompleted(false)
                .Columns(
                    new TaskDescriptionColumn { Alignment = Justify.Left },
                    new ProgressBarColumn(),
                    new PercentageColumn(),
                    new RemainingTimeColumn()
                )
                .StartAsync(async progress =>
                {
                    var task = progress.AddTask("classifying", maxValue: images);
                    while (!work.IsCompleted)
                    {
                        Update(task);
                        await Task.WhenAny(work, Task.Delay(Refresh));
                    }

                    Update(task);
                })
            : Task.CompletedTask;

    private void Update(ProgressTask task)
    {
        var reading = read();
        var images = reading.Images;
        var rate = reading.RecentImagesPerSecond ?? 0;
        task.Value = images.Ok + images.Failed;
        task.Description =
            $"{images.Ok + images.Failed:#,0} of {task.MaxValue:#,0}  {Figures.Rate(rate)} images/s  "
            + $"{Figures.Usd(reading.SpentUsd)} so "
            + $"far{(images.Failed > 0 ? $"  [red]{images.Failed} failed[/]" : "")}";
    }
}
