using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceMeter.Comparison;
using InferenceMeter.Composition;
using InferenceMeter.Documents;
using InferenceMeter.Errors;
using InferenceMeter.Metering;
using InferenceMeter.Pipeline;
using InferenceMeter.Pricing;
using InferenceMeter.Reports;
using InferenceMeter.Runs;
using InferenceMeter.ServiceTests.Program;
using InferenceMeter.Settings;
using InferenceMeter.Terminal;
using InferenceMeter.Tests.Telemetry.Nvml;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console.Testing;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>
/// A simulated run with a price change in its middle: everything that tells the cost of the measured part tells the
/// same number, to the
/// last digit that it shows.
/// </summary>
public sealed class OneNumberTests : IAsyncLifetime
{
    private static readonly TimeSpan BatchTime = TimeSpan.FromSeconds(0.5);

    // Two hours ago, so that Prometheus takes the samples for old ones and not for some to come.
    private readonly FakeTimeProvider _time = new(
        DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeSeconds())
    );
    private readonly List<(DateTimeOffset At, string Text)> _scrapes = [];
    private readonly FakeGpu _gpu = new(0, FakeNvml.CardBus);
    private readonly FakeNvml _nvml = new();
    private Meter _meter = null!;
    private MeterHost _host = null!;
    private BenchDocument _bench = null!;
    private JsonElement _reading;
    private double _told;
    private (DateTimeOffset From, DateTimeOffset To) _window;

    public async Task InitializeAsync()
    {
        var settings = new MeterSettings
        {
            Pricing = new PricingSettings
            {
                UsdPerHour = 2.49m,
                Tariff = 0.10m,
                Pue = 1.5m,
            },
            Images = new ImageSettings { SyntheticPhotos = 2 },
        };
        var engine = new Engine([_gpu], new EngineConfiguration(1, 1, 32, 2), 8000);
        _meter = await settings.OpenAsync(engine, _time, _nvml);
        _host = new MeterHost(_meter, settings);
        var progress = new CountedReports();
        var run = new MeasuredRun(
            _meter.RunSubject,
            new RunRecorder(_meter.Throughput, _meter.Latency),
            new RunOptions { Seconds = 60 }
        ).RunAsync(new TaskCompletionSource().Task, progress, CancellationToken.None);
        for (var batch = 0; !run.IsCompleted; batch++)
        {
            var seen = progress.Count;
            if (batch == 90)
                _meter.Prices.Set(_meter.Prices.Current with { PerHour = new UsdPerMachineHour(3.10m) });
            await Work(images: 30 + (batch % 5));
            await Eventually.Get(() => progress.Count > seen || run.IsCompleted, isTrue => isTrue);
        }

        var report = await run;
        _bench = BenchDocument.From(report, _meter.Snapshot());
        _reading = await MeterApiTests.Json(_host.Client, "/api/v1/meter");
        _told = Readings.Wall(_reading, "start");
        var window = report.Reading.Window(MeasurementWindow.SinceStart)!;
        var now = _time.GetTimestamp();
        _window = (
            _time.GetUtcNow() - _time.GetElapsedTime(window.From, now),
            _time.GetUtcNow() - _time.GetElapsedTime(window.To, now)
        );
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_api_the_gauge_and_the_counters_agree()
    {
        var gauge = Value(
            _scrapes[^1].Text,
            """inference_cost_usd_per_billion_images{.*basis="wall".*window="start".*}"""
        );
        var (first, last) = (
            _scrapes.Single(scrape => scrape.At == _window.From).Text,
            _scrapes.Single(scrape => scrape.At == _window.To).Text
        );
        var spent = Spent(last) - Spent(first);
        var images = Images(last) - Images(first);

        Assert.Equal(_told, gauge, 1e-5);
        Assert.Equal(_told, spent / images * 1e9, 1e-4);
        // The price changed in it: neither of the two alone.
        Assert.InRange(_told, 2.49 / 3600 / 64 * 1e9 * 1.001, 3.10 / 3600 / 64 * 1e9 * 0.999);
        var references = await MeterApiTests.Json(_host.Client, "/api/v1/references");
        Assert.Equal(Readings.Wall(_reading, "1m"), references.GetProperty("usdPerBillionImages").GetDouble(), 1e-5);
        // Like with like: a pipeline's cost is not held against a model's, but the model's own, 8,000 images/s at the
        // start, is.
        var alone = 3.10 / 3600 / 8000 * 1e9;
        Assert.Equal(alone, references.GetProperty("modelUsdPerBillionImages").GetDouble(), 1e-5);
        var known = references
            .GetProperty("references")
            .EnumerateArray()
            .ToDictionary(reference => reference.GetProperty("id").GetString()!);
        Assert.Equal(1640 / alone, known["dawnbench-2018-04-cpu"].GetProperty("timesBelow").GetDouble(), 1e-3);
        Assert.False(known["ark-2017"].TryGetProperty("timesBelow", out _));
        Assert.False(known["dawnbench-2017-11-k80"].TryGetProperty("timesBelow", out _));
        Assert.Contains(
            "model ResNet-152, here resnet50",
            known["dawnbench-2017-11-k80"].GetProperty("differs").EnumerateArray().Select(text => text.GetString())
        );
        var all = (await MeterApiTests.Json(_host.Client, "/api/v1/references?compare=all"))
            .GetProperty("references")
            .EnumerateArray()
            .Single(reference => reference.GetProperty("id").GetString() == "ark-2017");
        Assert.Equal(10_000 / Readings.Wall(_reading, "1m"), all.GetProperty("timesBelow").GetDouble(), 1e-3);
        Assert.False(all.GetProperty("comparable").GetBoolean());
    }

    [Fact]
    public void The_screen_the_bench_and_the_comparison_agree()
    {
        using var console = new TestConsole();
        console.Profile.Width = 200;
        console.Write(LiveScreen.Render(ReadingDocument.From(_meter.Snapshot()), "here"));
        BenchReport.Print(console, _bench);
        var run = RunFileReader.Parse(JsonFile.Text(_bench), "bench.json", "bench");
        var csv = ComparisonReport
            .Render("csv", RunComparison.Of([run], "wall", null), ReferenceCatalog.Default.References[0])
            .Split("\r\n");
        var column = Array.IndexOf(csv[0].Split(','), "usd_per_billion_wall");
        var shown = Figures.Usd((decimal)_told);

        Assert.Contains($"wall        {shown} per billion images", console.Output, StringComparison.Ordinal);
        Assert.Matches($@"start .* {Regex.Escape(shown)} ", console.Output);
        Assert.Equal(_told, (double)_bench.Costs.Single(cost => cost.Basis == "wall").UsdPerBillionImages, 1e-9);
        Assert.Equal(
            _told,
            double.Parse(
                Regex.Split(csv[1], ",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")[column],
                CultureInfo.InvariantCulture
            ),
            1e-9
        );
        Assert.Contains(
            shown,
            ComparisonReport.Render(
                "html",
                RunComparison.Of([run], "wall", null),
                ReferenceCatalog.Default.References[0]
            ),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_stages_the_energy_and_the_interval_are_of_that_number()
    {
        var wall = _bench.Costs.Single(cost => cost.Basis == "wall");

        Assert.Equal(wall.UsdPerBillionImages, _bench.Money!.Sum(part => part.UsdPerBillionImages), 4);
        Assert.Equal(1, _bench.Money!.Sum(part => part.Share), 1e-9);
        Assert.Equal(["fetch", "decode", "batch", "infer", "idle"], _bench.Money!.Select(part => part.Stage));
        var gauges = Regex.Matches(
            _scrapes[^1].Text,
            "^inference_stage_cost_usd_per_billion_images{.*window=\"10s\".*} (?<value>[^ \n]+)",
            RegexOptions.Multiline | RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1)
        );
        Assert.Equal(5, gauges.Count);
        Assert.Equal(
            Readings.Wall(_reading, "10s"),
            gauges.Sum(gauge => double.Parse(gauge.Groups["value"].Value, CultureInfo.InvariantCulture)),
            1e-4
        );
        Assert.InRange(wall.UsdPerBillionImages, wall.Low, wall.High!.Value);
        Assert.Equal(wall.UsdPerHour / 3600 / (decimal)_bench.ImagesPerSecond!.Low * 1e9m, wall.High.Value, 2);
    }

    [Fact]
    public void Energy_is_the_counters_and_its_money_a_part_of_that_number()
    {
        var (energy, reading) = (_bench.Energy!, _reading.GetProperty("energy"));

        // 160 J a batch of 32 images on average; 5 J x 1e9 / 3.6e6 J/kWh x 0.10 x 1.5.
        Assert.Equal(5, energy.JoulesPerImage, 0.05);
        Assert.Equal(320, energy.Watts, 3.0);
        Assert.Equal(energy.JoulesPerImage * 1e9 / 3.6e6 * 0.15, (double)energy.UsdPerBillionImages!.Value, 1e-3);
        Assert.Equal((double)energy.UsdPerBillionImages.Value / _told, energy.ShareOfWall!.Value, 1e-6);
        Assert.Equal(5, reading.GetProperty("joulesPerImage").GetDouble(), 0.05);
        Assert.Equal(
            reading.GetProperty("joulesPerImage").GetDouble(),
            Value(_scrapes[^1].Text, "inference_energy_joules_per_image{.*}"),
            0.05
        );
        Assert.Equal(
            reading.GetProperty("usdPerBillionImages").GetDouble(),
            Value(_scrapes[^1].Text, "inference_energy_usd_per_billion_images{.*}"),
            3.0
        );
        Assert.Equal(["nvml"], energy.Sensors);
    }

    [Fact]
    public async Task Nothing_to_do_is_idle_has_no_cost_of_now_and_goes_on_costing_money()
    {
        _time.Advance(TimeSpan.FromMinutes(3));

        var reading = await MeterApiTests.Json(_host.Client, "/api/v1/meter");

        Assert.Equal("idle", reading.GetProperty("state").GetString());
        Assert.Equal(
            _reading.GetProperty("spentUsd").GetDouble() + (3 * 60 * 3.10 / 3600),
            reading.GetProperty("spentUsd").GetDouble(),
            1e-5
        );
        Assert.All(
            reading.GetProperty("costs").EnumerateArray(),
            cost => Assert.True(cost.GetProperty("usdPerBillionImages").GetDouble() > 0)
        );
        // What a window of nothing would cost cannot be said, and is not said as zero or infinity.
        Assert.DoesNotContain(
            "inference_cost_usd_per_billion_images{",
            string.Join(
                '\n',
                (await _host.Client.GetStringAsync("/metrics"))
                    .Split('\n')
                    .Where(line => line.Contains("window=\"10s\"", StringComparison.Ordinal))
            ),
            StringComparison.Ordinal
        );
    }

    [ToolFact("prometheus")]
    public async Task Prometheus_computes_that_number_from_the_counters()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "samples"), OpenMetrics());
            var data = Path.Combine(folder.FullName, "data");
            var (code, output) = await Tool.RunAsync(
                "promtool",
                ["tsdb", "create-blocks-from", "openmetrics", Path.Combine(folder.FullName, "samples"), data]
            );
            Assert.True(code == 0, output);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "prometheus.yml"), "scrape_configs: []\n");
            var port = RunningMeter.FreePort();
            using var prometheus = Process.Start(
                new ProcessStartInfo(
                    "prometheus",
                    [
                        $"--config.file={Path.Combine(folder.FullName, "prometheus.yml")}",
                        $"--storage.tsdb.path={data}",
                        $"--web.listen-address=127.0.0.1:{port}",
                        "--log.level=error",
                    ]
                )
                {
                    UseShellExecute = false,
                }
            )!;
            try
            {
                using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
                await Eventually.IsTrue(() => ServeTests.Answers(client, "/-/ready"));
                var range = $"{(_window.To - _window.From).TotalMilliseconds + 1:0}ms";
                var spent = $"sum(rate(inference_cost_usd_total[{range}]))";
                var query = Uri.EscapeDataString($"{spent} / sum(rate(inference_images_total[{range}])) * 1e9");
                var at = _window.To.ToUnixTimeMilliseconds() / 1000.0;
                var answer = await MeterApiTests.Json(client, $"/api/v1/query?query={query}&time={at:F3}");
                var value = answer.GetProperty("data").GetProperty("result")[0].GetProperty("value")[1].GetString()!;

                Assert.Equal(1, double.Parse(value, CultureInfo.InvariantCulture) / _told, 1e-6);
            }
            finally
            {
                prometheus.Kill();
                await prometheus.WaitForExitAsync();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task Work(int images)
    {
        _meter.Throughput.BatchStarted();
        _time.Advance(BatchTime);
        // 320 W.
        _nvml.Millijoules += 160_000;
        _meter.Counters.AddHandedOut(images);
        _meter.Counters.AddStageBusy(
            Metering.Stage.Infer,
            BatchTime.Ticks * _time.TimestampFrequency / TimeSpan.TicksPerSecond,
            0
        );
        _meter.Counters.AddStageBusy(
            Metering.Stage.Decode,
            BatchTime.Ticks * _time.TimestampFrequency / TimeSpan.TicksPerSecond / 3
        );
        _meter.Counters.AddBatch(0);
        _meter.Counters.AddOk(images, 0);
        _meter.Throughput.BatchFinished(images);
        _scrapes.Add((_time.GetUtcNow(), await _host.Client.GetStringAsync("/metrics")));
    }

    /// <summary>
    /// The scrapes as Prometheus takes them in later: a counter after the other, each sample with its time.
    /// </summary>
    private string OpenMetrics()
    {
        var text = new StringBuilder();
        foreach (
            var (family, pick) in new (string, Func<string, double>)[]
            {
                ("inference_cost_usd", Spent),
                ("inference_images", Images),
            }
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {family} counter\n");
            foreach (var (at, scrape) in _scrapes)
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{family}_total {pick(scrape):R} {at.ToUnixTimeMilliseconds() / 1000.0:F3}\n"
                );
        }

        return text.Append("# EOF\n").ToString();
    }

    private static double Spent(string text) => Value(text, "inference_cost_usd_total{.*}");

    private static double Images(string text) => Value(text, """inference_images_total{.*outcome="ok".*}""");

    private static double Value(string text, string series)
    {
        var match = Regex.Match(
            text,
            $"^{series} (?<value>[^ \n]+)",
            RegexOptions.Multiline | RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(1)
        );
        Assert.True(match.Success, series);
        return double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>How often a run has told of itself.</summary>
    private sealed class CountedReports : IProgress<RunProgress>
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Report(RunProgress value) => Interlocked.Increment(ref _count);
    }
}
