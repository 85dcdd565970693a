using InferenceMeter.LoadTesting;
using Spectre.Console;

namespace InferenceMeter.Terminal;

/// <summary>A load run as it goes: a line that changes on a terminal, else one every ten seconds.</summary>
internal static class LoadScreen
{
    public static async Task<LoadResult> RunAsync(
        IAnsiConsole console,
        LoadGenerator generator,
        LoadPlan plan,
        CancellationToken stop
    )
    {
        var run = generator.RunAsync(stop);
        if (console.Profile.Capabilities is { Interactive: true, Ansi: true })
        {
            await console
                .Live(new Text(""))
                .AutoClear(true)
                .StartAsync(async context =>
                {
                    while (
                        await Task.WhenAny(run, Task.Delay(TimeSpan.FromMilliseconds(250), CancellationToken.None))
                        != run
                    )
                        context.UpdateTarget(new Text(Line(generator, plan)));
                });
        }
        else
        {
            while (await Task.WhenAny(run, Task.Delay(TimeSpan.FromSeconds(10), CancellationToken.None)) != run)
                console.WriteLine(Line(generator, plan));
        }

        return await run;
    }

    private static string Line(LoadGenerator generator, LoadPlan plan)
    {
        var (ok, rejected, errors, seconds, latency) = generator.Progress;
        return $"{plan.Scenario.Label()}{(plan.IsOpen ? $" {plan.Rate:#,0.##}/s" : "")}  {seconds:0} of "
            + $"{plan.Seconds:0} s  {ok:#,0} answered, {rejected:#,0} turned away, {errors:#,0} failed"
            + (latency is { } known ? $"  p50 {known.P50 * 1e3:#,0.0} ms, p99 {known.P99 * 1e3:#,0.0} ms" : "");
    }
}
