using InferenceMeter.Documents;
using InferenceMeter.Reports;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>The progress of <c>--once</c>: share done, rate, remaining time, money so far.</summary>
internal sealed class OnceScreen(IAnsiConsole console, Func<ReadingDocument> read)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromSeconds(0.25);

    /// <summary>Shows progress until <paramref name="work"/> has ended.</summary>
    public Task RunAsync(Task work, long? images) =>
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
                    // Of a bucket nobody knows beforehand how many images it holds.
                    var task = progress.AddTask("classifying", maxValue: images ?? 1);
                    task.IsIndeterminate = images is null;
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
        var done = images.Ok + images.Failed;
        if (!task.IsIndeterminate)
            task.Value = done;
        task.Description =
            $"{done:#,0}{(task.IsIndeterminate ? "" : $" of {task.MaxValue:#,0}")}  {Figures.Rate(rate)} images/s  "
            + $"{Figures.Usd(reading.SpentUsd)} so "
            + $"far{(images.Failed > 0 ? $"  [red]{images.Failed} failed[/]" : "")}";
    }
}
