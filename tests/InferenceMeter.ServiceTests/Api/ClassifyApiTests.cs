using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Api;

/// <summary><c>POST /api/v1/classify</c>.</summary>
public sealed class ClassifyApiTests
{
    private static readonly MeterSettings Off = new() { Requests = new RequestSettings { Background = "off" } };

    [Fact]
    public async Task An_image_gets_classes_times_and_what_it_cost()
    {
        await using var host = await new MeterHost(Off).Start();

        // As `curl --data-binary @photo.jpg` calls it.
        var answer = await Ok(
            host,
            new ByteArrayContent(Photos.Jpeg())
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded") },
            }
        );

        var image = answer.GetProperty("images")[0];
        Assert.Equal(
            (0, "tench", 1f),
            (
                image.GetProperty("classes")[0].GetProperty("index").GetInt32(),
                image.GetProperty("classes")[0].GetProperty("name").GetString(),
                image.GetProperty("classes")[0].GetProperty("probability").GetSingle()
            )
        );
        Assert.Equal(5, image.GetProperty("classes").GetArrayLength());
        Assert.False(image.TryGetProperty("error", out _));
        var seconds = image.GetProperty("seconds");
        Assert.True(seconds.GetProperty("decode").GetDouble() > 0);
        Assert.True(seconds.GetProperty("total").GetDouble() >= seconds.GetProperty("decode").GetDouble());
        // At 1 $/hour, a core's share of the decoding alone.
        var least = (decimal)seconds.GetProperty("decode").GetDouble() / Environment.ProcessorCount / 3600;
        Assert.InRange(
            image.GetProperty("usd").GetDecimal(),
            least * 0.999m,
            (least * 1.001m) + (((decimal)seconds.GetProperty("infer").GetDouble() + 1e-9m) / 3600)
        );
        Assert.Equal(image.GetProperty("usd").GetDecimal(), answer.GetProperty("usd").GetDecimal());
        var counted = Assert.Single(
            Lines(await host.Client.GetStringAsync("/metrics")),
            line =>
                line.StartsWith("inference_images_total{", StringComparison.Ordinal)
                && line.Contains("source=\"request\"", StringComparison.Ordinal)
                && line.Contains("outcome=\"ok\"", StringComparison.Ordinal)
        );
        Assert.Contains("} 1", counted, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_come_as_a_form_and_one_that_is_none_does_not_spoil_the_others()
    {
        await using var host = await new MeterHost(Off).Start();
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(Photos.Jpeg(0)), "file", "a.jpg" },
            { new ByteArrayContent("no image"u8.ToArray()), "file", "b.jpg" },
            { new ByteArrayContent(Photos.Jpeg(1)), "file", "ć.jpg" },
        };

        var images = (await Ok(host, form, "?top=1")).GetProperty("images").EnumerateArray().ToArray();

        Assert.Equal(["a.jpg", "b.jpg", "ć.jpg"], images.Select(image => image.GetProperty("name").GetString()));
        Assert.Equal("unsupported", images[1].GetProperty("error").GetString());
        Assert.Equal(
            [1, 1],
            new[] { images[0], images[2] }.Select(image => image.GetProperty("classes").GetArrayLength())
        );
        Assert.Equal(
            (3, 2, 1),
            (
                host.Meter.Counters.Snapshot().HandedOut,
                host.Meter.Counters.Snapshot().Ok,
                host.Meter.Counters.Snapshot().Failed
            )
        );
    }

    [Theory]
    [InlineData("", 400, "the body is empty")]
    [InlineData("no image", 422, "the image is unsupported: no format that is known here")]
    [InlineData("\u00ff\u00d8\u00ff\u00e0 cut", 422, "the image is ")]
    public async Task What_is_no_image_is_said(string body, int status, string said)
    {
        await using var host = await new MeterHost(Off).Start();

        var problem = await Problem(host, new ByteArrayContent([.. body.Select(c => (byte)c)]), status);

        Assert.Contains(said, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?top=0", "top is 0, accepted: 1 to 5")]
    [InlineData("?top=6", "top is 6, accepted: 1 to 5")]
    [InlineData("?timeout=0", "timeout is 0, accepted: milliseconds from 1 to 600,000")]
    public async Task Wrong_parameters_are_said(string query, string said)
    {
        await using var host = await new MeterHost(Off).Start();

        Assert.Contains(
            said,
            await Problem(host, new ByteArrayContent(Photos.Jpeg()), 400, query),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Broken_forms_are_said()
    {
        await using var host = await new MeterHost(Off).Start();

        Assert.Contains(
            "without a boundary",
            await Problem(host, Raw("multipart/form-data", "x"), 400),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "the multipart body is broken",
            await Problem(
                host,
                Raw("multipart/form-data; boundary=a", "--a\r\nContent-Disposition: form-data; name=f\r\n\r\nhalf"),
                400
            ),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "has no parts",
            await Problem(host, Raw("multipart/form-data; boundary=a", "--a--\r\n"), 400),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Too_much_is_413()
    {
        await using var host = await new MeterHost(
            Off with
            {
                Images = new ImageSettings { MaxBytes = 2048 },
                Requests = Off.Requests with { MaxInFlight = 2 },
            }
        ).Start();
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent([1]), "a" },
            { new ByteArrayContent([1]), "b" },
            { new ByteArrayContent([1]), "c" },
        };

        Assert.Contains(
            "larger than 2,048 bytes",
            await Problem(host, new ByteArrayContent(new byte[2049]), 413),
            StringComparison.Ordinal
        );
        Assert.Contains("more than 2 images in one request", await Problem(host, form, 413), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_meter_says_429_at_once_and_when_to_come_again()
    {
        await using var host = await new MeterHost(
            Off with
            {
                Requests = Off.Requests with { MaxInFlight = 2 },
            }
        ).Start();
        host.Pipeline.Pause();
        var held = Enumerable
            .Range(0, 2)
            .Select(_ => host.Client.PostAsync("/api/v1/classify", new ByteArrayContent(Photos.Jpeg())))
            .ToArray();
        await Eventually.IsTrue(() => host.Meter.Requests.Held == 2);

        using var refused = await host.Client.PostAsync("/api/v1/classify", new ByteArrayContent(Photos.Jpeg()));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        host.Pipeline.Resume();
        foreach (var answer in await Task.WhenAll(held))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1, host.Meter.Counters.Snapshot().Sources[1].Rejected);
    }

    [Fact]
    public async Task A_request_whose_time_is_over_is_504_and_costs_nothing()
    {
        await using var host = await new MeterHost(Off).Start();
        host.Pipeline.Pause();
        // The pool is full, so that the next one waits for a slot.
        var held = Enumerable
            .Range(0, host.Meter.Options.Batching.Batches * host.Meter.Engine.Configuration.BatchSize)
            .Select(_ => host.Client.PostAsync("/api/v1/classify", new ByteArrayContent(Photos.Jpeg())))
            .ToArray();
        await Eventually.IsTrue(() =>
            host.Pipeline.QueueDepth(Metering.Stage.Infer) >= 2 && host.Meter.Requests.Held == held.Length
        );
        var late = host.Client.PostAsync("/api/v1/classify?timeout=1", new ByteArrayContent(Photos.Jpeg()));
        await Eventually.IsTrue(() => host.Meter.Requests.Held > held.Length);
        var arrived = TimeProvider.System.GetTimestamp();
        await Eventually.IsTrue(() => TimeProvider.System.GetElapsedTime(arrived).TotalMilliseconds > 1);

        host.Pipeline.Resume();

        Assert.Equal(HttpStatusCode.GatewayTimeout, (await late).StatusCode);
        foreach (var answer in await Task.WhenAll(held))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal((held.Length, 1), (host.Meter.Counters.Snapshot().Ok, host.Meter.Counters.Snapshot().Rejected));
    }

    [Fact]
    public async Task Before_it_runs_and_in_the_model_scope_it_is_503()
    {
        await using var starting = new MeterHost(Off);
        await using var ready = await new MeterHost(
            new MeterSettings { Metering = new MeteringSettings { Scope = "model" } }
        ).Start();

        Assert.Contains(
            "not running",
            await Problem(starting, new ByteArrayContent(Photos.Jpeg()), 503),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "ready tensors",
            await Problem(ready, new ByteArrayContent(Photos.Jpeg()), 503),
            StringComparison.Ordinal
        );
    }

    private static ByteArrayContent Raw(string type, string body)
    {
        var content = new ByteArrayContent([.. body.Select(c => (byte)c)]);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.Trim())];

    private static async Task<JsonElement> Ok(MeterHost host, HttpContent content, string query = "")
    {
        using var answer = await host.Client.PostAsync($"/api/v1/classify{query}", content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        return JsonElement.Parse(text);
    }

    private static async Task<string> Problem(MeterHost host, HttpContent content, int status, string query = "")
    {
        using var answer = await host.Client.PostAsync($"/api/v1/classify{query}", content);
        Assert.Equal(
            (status, "application/problem+json"),
            ((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType)
        );
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("detail").GetString()!;
    }
}
