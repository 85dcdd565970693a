using System.CommandLine;
using InferenceMeter.Hosting;
using InferenceMeter.Pipeline;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace InferenceMeter.Benchmarks.Metrics;

/// <summary>Throughput of the pipeline with its metrics recorded and scraped every second, over that of the same pipeline without.</summary>
internal static class MetricsCostCommand
{
    public static Command Create()
    {
        var pairs = new Option<int>("--pairs") { DefaultValueFactory = _ => 8 };
        var seconds = new Option<int>("--seconds") { Description = "length of a segment", DefaultValueFactory = _ => 8 };
        var control = new Option<bool>("--control") { Description = "metrics on neither side: what the method shows where there is no difference" };
        var command = new Command("metrics-cost", "Throughput with metrics and a 1 s scrape over that without.") { pairs, seconds, control };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(pairs), parsed.GetValue(seconds), parsed.GetValue(control)));
        return command;
    }

    private static async Task RunAsync(int pairs, int seconds, bool control)
    {
        var settings = new MeterSettings { Service = new ServiceSettings { Urls = "http://127.0.0.1:0" } };
        using var scraped = MeterParts.Open(settings, new HashSet<string>(), Console.Error.WriteLine);
        using var bare = MeterParts.Open(settings, new HashSet<string>(), Console.Error.WriteLine);
        await using var app = MeterApplication.Build(scraped);
        await app.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        await using var with = new Side(scraped, control ? null : app.Services.GetRequiredService<InferenceMetrics>(), control ? null : client, seconds);
        await using var without = new Side(bare, metrics: null, scraper: null, seconds);
        Console.WriteLine($"default model, batch {scraped.Engine.BatchSize}, {scraped.Engine.Instances} x {scraped.Engine.IntraOpThreads}, pipeline scope, {pairs} pairs of {seconds} s a side");
        await Pairs.RunAsync(pairs, (control ? "also-without" : "with-metrics", with.SegmentAsync), ("without", without.SegmentAsync));
        await app.StopAsync();
    }

    /// <summary>A pipeline that is held except during its segments.</summary>
    private sealed class Side : IAsyncDisposable
    {
        private readonly MeterParts _parts;
        private readonly HttpClient? _scraper;
        private readonly int _seconds;
        private readonly CompletionProbe _probe;
        private readonly InferencePipeline _pipeline;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _work;

        public Side(MeterParts parts, InferenceMetrics? metrics, HttpClient? scraper, int seconds)
        {
            (_parts, _scraper, _seconds, _probe) = (parts, scraper, seconds, new CompletionProbe(parts.Time));
            _pipeline = parts.CreatePipeline(metrics, output: null, _probe);
            _pipeline.Pause();
            _work = _pipeline.RunAsync(_stop.Token, CancellationToken.None);
        }

        public Task<double> SegmentAsync() => PipelineSegment.RunAsync(_pipeline, _probe, _parts, _work, async () =>
        {
            using var end = new CancellationTokenSource(TimeSpan.FromSeconds(_seconds));
            await ScrapeAsync(end.Token);
        });

        public async ValueTask DisposeAsync()
        {
            _pipeline.Resume();
            await _stop.CancelAsync();
            await _work;
            _pipeline.Dispose();
            _stop.Dispose();
        }

        private async Task ScrapeAsync(CancellationToken end)
        {
            while (!end.IsCancellationRequested)
            {
                if (_scraper is not null) await _scraper.GetStringAsync("/metrics", CancellationToken.None);
                await Task.Delay(1000, end).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }
}
