using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>What the page is made of, and the series that it draws.</summary>
public sealed class PageApiTests
{
    [Fact]
    public async Task A_browser_gets_a_page_and_others_a_text()
    {
        await using var host = new MeterHost();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml,*/*;q=0.8");

        using var page = await host.Client.SendAsync(request);
        using var text = await host.Client.GetAsync("/");

        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.Equal("text/plain", text.Content.Headers.ContentType!.MediaType);
        Assert.Contains("/api/v1/series", await text.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var policy = Assert.Single(page.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("default-src 'none'; script-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_files_are_sent_again_only_when_they_have_changed()
    {
        await using var host = new MeterHost();
        using var first = await host.Client.GetAsync("/page/page.js");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page/page.js");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var again = await host.Client.SendAsync(request);
        using var missing = await host.Client.GetAsync("/page/nothing.js");
        using var outside = await host.Client.GetAsync("/page/..%2Fappsettings.json");

        Assert.Equal("text/javascript", first.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            (HttpStatusCode.NotModified, HttpStatusCode.NotFound, HttpStatusCode.NotFound),
            (again.StatusCode, missing.StatusCode, outside.StatusCode)
        );
    }

    [Theory]
    [InlineData("page.js")]
    [InlineData("panels/runs.js")]
    [InlineData("styles/base.css")]
    public async Task Its_files_are_compressed_for_those_who_can_read_that(string name)
    {
        await using var host = new MeterHost();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/page/{name}");
        request.Headers.AcceptEncoding.ParseAdd("br, gzip");

        using var plain = await host.Client.GetAsync($"/page/{name}");
        using var compressed = await host.Client.SendAsync(request);

        var bytes = await plain.Content.ReadAsByteArrayAsync();
        var sent = await compressed.Content.ReadAsByteArrayAsync();
        await using var read = new GZipStream(new MemoryStream(sent), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        await read.CopyToAsync(unpacked);
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.Equal(["gzip"], compressed.Content.Headers.ContentEncoding);
        Assert.True(sent.Length < bytes.Length);
        Assert.Equal(bytes, unpacked.ToArray());
        Assert.NotEqual(plain.Headers.ETag, compressed.Headers.ETag);
        Assert.All([plain, compressed], answer => Assert.Equal(["Accept-Encoding"], answer.Headers.Vary));
    }

    [Fact]
    public async Task Gzip_that_is_ruled_out_is_not_sent()
    {
        await using var host = new MeterHost();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page/page.js");
        request.Headers.AcceptEncoding.ParseAdd("identity, gzip;q=0");

        using var answer = await host.Client.SendAsync(request);

        Assert.Empty(answer.Content.Headers.ContentEncoding);
    }

    [Fact]
    public async Task The_series_is_of_what_the_meter_counted_and_spent()
    {
        await using var host = await new MeterHost().Start();
        // Two samples of five seconds.
        var points = await Eventually.GetAsync(
            async () =>
                (await MeterApiTests.Json(host.Client, "/api/v1/series?seconds=60"))
                    .GetProperty("points")
                    .EnumerateArray()
                    .ToArray(),
            points => points.Length > 0
        );
        var point = points[^1];
        var (rate, cost) = (
            point.GetProperty("imagesPerSecond").GetDouble(),
            point.GetProperty("usdPerBillionImages").GetDouble()
        );
        Assert.InRange(point.GetProperty("seconds").GetDouble(), 4, 10);
        Assert.True(rate > 0);
        // A dollar an hour.
        Assert.InRange(cost * rate / (1e9 / 3600), 0.99, 1.01);
    }

    [Fact]
    public async Task Before_this_process_the_series_is_that_of_the_history_by_the_hour()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            await using var host = new MeterHost(
                new Settings.MeterSettings
                {
                    History = new Settings.HistorySettings { Path = Path.Combine(folder.FullName, "meter.db") },
                }
            );
            await host.Start();
            var now = TimeProvider.System.GetUtcNow();
            var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero).AddHours(-3);
            foreach (var machine in new[] { host.Meter.Machine, "another" })
                host.Meter.History!.Add(
                    new History.HourRecord
                    {
                        Hour = hour,
                        Machine = machine,
                        WallSeconds = 1800,
                        BusySeconds = 900,
                        ImagesOk = 3600,
                        ImagesFailed = 0,
                        SpentUsd = 0.5m,
                    }
                );

            var day = await MeterApiTests.Json(host.Client, "/api/v1/series?seconds=86400");
            var minutes = await MeterApiTests.Json(host.Client, "/api/v1/series?seconds=300");

            var point = day.GetProperty("points")[0];
            Assert.Equal(hour.AddHours(1), point.GetProperty("at").GetDateTimeOffset());
            Assert.Equal(
                (2.0, 138_888.888889),
                (point.GetProperty("imagesPerSecond").GetDouble(), point.GetProperty("usdPerBillionImages").GetDouble())
            );
            Assert.DoesNotContain(
                day.GetProperty("points").EnumerateArray().Skip(1),
                other => other.GetProperty("seconds").GetDouble() > 1000
            );
            Assert.DoesNotContain(
                minutes.GetProperty("points").EnumerateArray(),
                other => other.GetProperty("seconds").GetDouble() > 1000
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("9")]
    [InlineData("86401")]
    [InlineData("-1")]
    public async Task A_span_that_is_not_kept_is_refused(string seconds)
    {
        await using var host = new MeterHost();

        using var answer = await host.Client.GetAsync($"/api/v1/series?seconds={seconds}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(
            new MediaTypeHeaderValue("application/problem+json").MediaType,
            answer.Content.Headers.ContentType!.MediaType
        );
    }
}
