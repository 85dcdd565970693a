using InferenceMeter.Hosting;
using InferenceMeter.Metering;
using Spectre.Console;

namespace InferenceMeter.Screens;

/// <summary>The progress of <c>--once</c>: share done, rate, remaining time, money so far.</summary>
internal sealed class OnceScreen(IAnsiConsole console, MeterParts parts)
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
        var (work, reading) = (parts.Counters.Snapshot(), parts.Meter.Read());
        var rate = reading.RecentImagesPerSecond ?? 0;
        task.Value = work.Ok + work.Failed;
        task.Description =
            $"{work.Ok + work.Failed:#,0} of {task.MaxValue:#,0}  {Figures.Rate(rate)} images/s  {Figures.Usd(parts.Prices.TotalSpent())} so far{(work.Failed > 0 ? $"  [red]{work.Failed} failed[/]" : "")}";
    }
}
