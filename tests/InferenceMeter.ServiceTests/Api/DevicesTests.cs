using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceMeter.Documents;
using InferenceMeter.Inference;
using InferenceMeter.Pipeline;
using InferenceMeter.Settings;
using InferenceMeter.Telemetry.Nvml;
using InferenceMeter.Terminal;
using InferenceMeter.Tests.Telemetry.Nvml;
using Spectre.Console.Testing;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>The service over two GPUs, the first of which has telemetry.</summary>
public sealed class DevicesTests : IAsyncLifetime
{
    private readonly FakeGpu _first = new(0, FakeNvml.CardBus);
    private readonly FakeGpu _second = new(1, "00000000:AF:00.0");
    private readonly FakeNvml _nvml = new();
    private MeterHost _host = null!;

    public async Task InitializeAsync()
    {
        var settings = new MeterSettings
        {
            Pricing = new PricingSettings { UsdPerHour = 4 },
            Images = new ImageSettings { SyntheticPhotos = 2 },
        };
        var meter = await settings.OpenAsync(
            new Engine([_first, _second], new EngineConfiguration(2, 1, 4, 2), 8000),
            TimeProvider.System,
            _nvml
        );
        _host = await new MeterHost(meter, settings).Start();
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_config_for_clients_of_Triton_names_the_GPUs_and_the_instances_on_each()
    {
        var config = JsonElement.Parse(await _host.Client.GetStringAsync("/v2/models/resnet50/config"));

        const string expected = """[{"name":"resnet50_0","kind":"KIND_GPU","count":2,"gpus":[0,1]}]""";
        Assert.Equal(expected, config.GetProperty("instance_group").GetRawText());
    }

    [Fact]
    public async Task The_reading_names_each_device_with_its_share_of_the_work_and_of_the_price()
    {
        await WaitForBoth();

        var engine = (await Reading()).GetProperty("engine");
        var devices = engine.GetProperty("devices").EnumerateArray().ToArray();

        Assert.Equal("cuda:0,cuda:1", engine.GetProperty("device").GetString());
        Assert.Equal(["cuda:0", "cuda:1"], devices.Select(device => device.GetProperty("device").GetString()));
        Assert.All(
            devices,
            device =>
            {
                Assert.Equal(2, device.GetProperty("usdPerHour").GetDecimal());
                Assert.True(device.GetProperty("imagesOk").GetInt64() > 0);
                Assert.Equal(
                    (120, 0, true),
                    (
                        device.GetProperty("nodesOnProvider").GetInt32(),
                        device.GetProperty("nodesOnCpu").GetInt32(),
                        device.GetProperty("cudaGraphs").GetBoolean()
                    )
                );
            }
        );
        Assert.Equal(61, devices[0].GetProperty("temperatureCelsius").GetDouble());
        // NVML knows no such card, and nothing is made up for it.
        Assert.False(devices[1].TryGetProperty("temperatureCelsius", out _));
        Assert.Equal("GPU model 1", devices[1].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Every_image_and_every_dollar_is_exported_under_one_device_and_adds_up()
    {
        await WaitForBoth();

        var metrics = await Metrics();
        var images = Points(metrics, "inference_images_total", "outcome=\"ok\"");

        Assert.Equal(["cuda:0", "cuda:1"], images.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            (2.0, 2.0),
            (
                Points(metrics, "inference_price_usd_per_hour")["cuda:0"],
                Points(metrics, "inference_price_usd_per_hour")["cuda:1"]
            )
        );
        var spent = Points(metrics, "inference_cost_usd_total");
        Assert.Equal(spent["cuda:0"], spent["cuda:1"], 1e-9);
        Assert.Equal(
            ["cuda:0", "cuda:1"],
            Points(metrics, "inference_batches_total").Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal(["all"], Points(metrics, "inference_queue_depth", "stage=\"infer\"").Keys);
        Assert.Equal(["all"], Points(metrics, "inference_images_total", "reason=\"corrupt\"").Keys);
        // The decoders' CPU is a device of the machine too.
        Assert.Equal(
            ["cpu", "cuda:0"],
            Points(metrics, "inference_device_memory_used_bytes").Keys.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_throttled_or_shared_device_marks_the_reading()
    {
        Assert.Empty((await Reading()).GetProperty("marks").EnumerateArray());
        _nvml.EnforcedLimit = 500_000;
        _nvml.Processes = [1, 2, 3];
        _nvml.Active = ClockReasons.SwPowerCap;

        var marks = await Until(reading =>
            reading.GetProperty("marks").EnumerateArray().Select(mark => mark.GetString()!).ToArray()
                is { Length: 2 } both
                ? both
                : null
        );

        Assert.Equal(["cuda:0 is throttled (sw_power_cap)", "cuda:0 is shared with 2 other processes"], marks);
        Assert.Equal(1, Points(await Metrics(), "inference_device_throttled")["cuda:0"]);
    }

    [Fact]
    public async Task A_device_that_is_lost_is_told_and_the_other_goes_on()
    {
        await WaitForBoth();
        _first.Failing = InferenceFault.DeviceLost;

        var notes = await Until(reading =>
            reading.GetProperty("notes").EnumerateArray().Select(note => note.GetString()!).ToArray()
                is { Length: > 0 } some
                ? some
                : null
        );

        Assert.StartsWith("cuda:0 is lost: ", Assert.Single(notes), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _host.Client.GetAsync("/healthz/ready")).StatusCode);
        var before = (await Reading()).GetProperty("images").GetProperty("ok").GetInt64();
        await Until(reading => reading.GetProperty("images").GetProperty("ok").GetInt64() > before + 20 ? "" : null);
        Assert.Equal(0, (await Reading()).GetProperty("images").GetProperty("failed").GetInt64());
    }

    [Fact]
    public async Task After_out_of_memory_the_reading_tells_the_batch_size_that_is_run()
    {
        _first.MaxImages = _second.MaxImages = 3;

        var size = await Until(reading =>
            reading.GetProperty("engine").GetProperty("batchSize").GetInt32() is < 4 and var smaller
                ? $"{smaller}"
                : null
        );

        Assert.Equal("2", size);
        Assert.Contains(
            "out of memory with batches of 4 images; goes on with 2",
            (await Reading()).GetProperty("notes")[0].GetString(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_reading_says_what_limits_it_and_what_the_model_alone_would_do()
    {
        var limit = await Until(reading =>
            reading.TryGetProperty("bottleneck", out var found) ? found.ToString() : null
        );

        using var parsed = JsonDocument.Parse(limit);
        var model = parsed.RootElement.GetProperty("model");
        Assert.Equal(
            ("measured", 8000.0),
            (parsed.RootElement.GetProperty("modelFrom").GetString(), model.GetProperty("imagesPerSecond").GetDouble())
        );
        // $4 an hour at 8,000 images/s.
        Assert.Equal(138.888889m, model.GetProperty("usdPerBillionImages").GetDecimal());
        Assert.Contains(
            parsed.RootElement.GetProperty("stage").GetString(),
            new[] { "infer", "decode", "source", "sink" }
        );
    }

    [Fact]
    public async Task The_screen_fits_80_columns_and_shows_each_device()
    {
        await WaitForBoth();
        await Until(reading => reading.TryGetProperty("bottleneck", out _) ? "" : null);
        using var console = new TestConsole();
        console.Profile.Width = 80;

        console.Write(LiveScreen.Render(ReadingDocument.From(_host.Meter.Snapshot()), "http://localhost:8080"));

        Assert.All(console.Lines, line => Assert.True(line.TrimEnd().Length <= 80, line));
        Assert.Contains(
            "cuda:0: NVIDIA H200 (driver 580.159.03, CUDA 13.0), CUDA graphs",
            console.Output,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "cuda:1: GPU model 1 (driver 580.159.03, CUDA 13.0), CUDA graphs",
            console.Output,
            StringComparison.Ordinal
        );
        Assert.Contains("2 instances a device", console.Output, StringComparison.Ordinal);
        Assert.Matches("cuda:0 +[0-9,]+ images, [0-9]+ W, 97% in use, 61 degrees C, 1755 MHz", console.Output);
        Assert.Matches("model alone: 8,000 images/s \\(\\$138.89 per billion\\), measured", console.Output);
    }

    private Task WaitForBoth() =>
        Eventually.IsTrue(() => _host.Meter.Counters.Snapshot().Devices.All(device => device.Ok > 0));

    private async Task<T> Until<T>(Func<JsonElement, T?> find)
        where T : class => (await Eventually.GetAsync(async () => find(await Reading()), found => found is not null))!;

    private async Task<JsonElement> Reading()
    {
        using var parsed = JsonDocument.Parse(await _host.Client.GetStringAsync("/api/v1/meter"));
        return parsed.RootElement.Clone();
    }

    private Task<string> Metrics() => _host.Client.GetStringAsync("/metrics");

    /// <summary>Values of a family by device.</summary>
    private static Dictionary<string, double> Points(string metrics, string name, string with = "") =>
        metrics
            .Split('\n')
            .Where(line =>
                line.StartsWith(name + "{", StringComparison.Ordinal) && line.Contains(with, StringComparison.Ordinal)
            )
            .GroupBy(line => Regex.Match(line, "device=\"([^\"]*)\"").Groups[1].Value, StringComparer.Ordinal)
            .ToDictionary(
                device => device.Key,
                device => device.Sum(line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)),
                StringComparer.Ordinal
            );
}
