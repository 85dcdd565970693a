using System.CommandLine;
using InferenceMeter.Benchmarks.Pairing;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using InferenceMeter.Web;
using Microsoft.Extensions.DependencyInjection;

namespace InferenceMeter.Benchmarks.Metrics;

/// <summary>
/// Throughput of the pipeline with its metrics recorded and scraped every second, over that of the same pipeline
/// without.
/// </summary>
internal static class MetricsCostCommand
{
    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 8 };
        var seconds = new Option<int>("--seconds")
        {
            Description = "length of a segment",
            DefaultValueFactory = _ => 8,
        };
        var control = new Option<bool>("--control")
        {
            Description = "metrics on neither side: what the method shows where there is no difference",
        };
        var command = new Command("metrics-cost", "Throughput with metrics and a 1 s scrape over that without.")
        {
            pairs,
            seconds,
            control,
        };
        command.SetAction(
            (parsed, _) => RunAsync(parsed.GetValue(pairs), parsed.GetValue(seconds), parsed.GetValue(control))
        );
        return command;
    }

    private static async Task RunAsync(int pairs, int seconds, bool control)
    {
        var settings = new MeterSettings { Service = new ServiceSettings { Urls = "http://127.0.0.1:0" } };
        using var scraped = await settings.OpenAsync();
        using var bare = await settings.OpenAsync();
        await using var app = MeterWebApplication.Build(scraped, settings.Service);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        await using var with = new HeldPipeline(
            scraped,
            seconds,
            control ? null : app.Services.GetRequiredService<InferenceMetrics>()
        );
        await using var without = new HeldPipeline(bare, seconds);
        Console.WriteLine(
            $"default model, batch {scraped.Engine.Configuration.BatchSize}, "
                + $"{scraped.Engine.Configuration.Instances} x {scraped.Engine.Configuration.IntraOpThreads}, "
                + $"pipeline scope, {pairs} pairs of {seconds} s a side"
        );
        await Pairs.RunAsync(
            pairs,
            (
                control ? "also-without" : "with-metrics",
                () => with.SegmentAsync(control ? null : end => ScrapeAsync(client, end))
            ),
            ("without", () => without.SegmentAsync())
        );
        await app.StopAsync();
    }

    /// <summary>Asks for the metrics every second.</summary>
    private static async Task ScrapeAsync(HttpClient client, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await client.GetStringAsync("/metrics", CancellationToken.None);
            await Task.Delay(1000, end)
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }
}
