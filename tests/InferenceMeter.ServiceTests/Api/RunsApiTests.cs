using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Api;

public sealed class RunsApiTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Fact]
    public async Task A_run_goes_through_the_pipeline_that_serves_and_ends_with_a_verdict()
    {
        await using var host = await new MeterHost().Start();

        using var started = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 2 });
        var run = await Body(started);
        var id = run.GetProperty("id").GetString()!;

        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        Assert.Equal($"/api/v1/runs/{id}", started.Headers.Location!.OriginalString);
        Assert.Equal("running", run.GetProperty("status").GetString());
        var over = await Over(host.Client, id);
        Assert.Equal("finished", over.GetProperty("status").GetString());
        var result = over.GetProperty("result");
        Assert.Equal((2, id), (result.GetProperty("schemaVersion").GetInt32(), result.GetProperty("id").GetString()));
        Assert.Equal("INVALID", over.GetProperty("verdict").GetString());
        Assert.NotEmpty(result.GetProperty("reasons").EnumerateArray());
        var listed = Assert.Single(
            (await MeterApiTests.Json(host.Client, "/api/v1/runs")).GetProperty("runs").EnumerateArray()
        );
        Assert.Equal(id, listed.GetProperty("id").GetString());
        Assert.False(listed.TryGetProperty("result", out _));
    }

    [Fact]
    public async Task One_run_at_a_time_and_the_one_under_way_can_be_cancelled()
    {
        await using var host = await new MeterHost().Start();
        using var first = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 600 });
        var id = (await Body(first)).GetProperty("id").GetString()!;

        using var second = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 1 });
        using var cancelled = await host.Client.DeleteAsync($"/api/v1/runs/{id}");
        using var again = await host.Client.DeleteAsync($"/api/v1/runs/{id}");
        using var third = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 600 });

        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Contains(id, (await Body(second)).GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("application/problem+json", second.Content.Headers.ContentType!.MediaType);
        Assert.Equal("cancelled", (await Body(cancelled)).GetProperty("status").GetString());
        Assert.Contains(
            "cancelled after",
            (await MeterApiTests.Json(host.Client, $"/api/v1/runs/{id}"))
                .GetProperty("result")
                .GetProperty("reasons")[0]
                .GetString(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, third.StatusCode);
    }

    [Fact]
    public async Task What_is_asked_for_wrongly_is_answered_with_problem_details()
    {
        await using var idle = new MeterHost();
        await using var host = await new MeterHost().Start();

        using var notReady = await idle.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 1 });
        using var tooLong = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 100_000 });
        using var noJson = await host.Client.PostAsync("/api/v1/runs", new StringContent("seconds=1"));
        using var unknown = await host.Client.GetAsync("/api/v1/runs/none");
        using var unknownDelete = await host.Client.DeleteAsync("/api/v1/runs/none");
        using var page = await host.Client.GetAsync("/api/v1/runs?limit=0");

        Assert.Equal(
            [
                HttpStatusCode.ServiceUnavailable,
                HttpStatusCode.BadRequest,
                HttpStatusCode.UnsupportedMediaType,
                HttpStatusCode.NotFound,
                HttpStatusCode.NotFound,
                HttpStatusCode.BadRequest,
            ],
            new[] { notReady, tooLong, noJson, unknown, unknownDelete, page }.Select(answer => answer.StatusCode)
        );
        Assert.All(
            [notReady, tooLong, noJson, unknown, unknownDelete, page],
            answer => Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType)
        );
    }

    [Fact]
    public async Task With_a_key_a_run_needs_it()
    {
        var key = Path.Combine(_folder.FullName, "key");
        await File.WriteAllTextAsync(key, "secret");
        await using var host = await new MeterHost(
            new MeterSettings { Service = new ServiceSettings { ApiKeyFile = key } }
        ).Start();

        using var without = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 1 });
        host.Client.DefaultRequestHeaders.Add("X-Api-Key", "secret");
        using var with = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 1 });

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Accepted), (without.StatusCode, with.StatusCode));
    }

    [Fact]
    public async Task Runs_in_a_history_file_are_there_after_a_restart_and_are_paged()
    {
        var settings = new MeterSettings
        {
            History = new HistorySettings { Path = Path.Combine(_folder.FullName, "history.db") },
        };
        var ids = new List<string>();
        await using (var host = await new MeterHost(settings).Start())
        {
            for (var i = 0; i < 3; i++)
            {
                using var started = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 600 });
                ids.Add((await Body(started)).GetProperty("id").GetString()!);
                using var cancelled = await host.Client.DeleteAsync($"/api/v1/runs/{ids[^1]}");
            }
        }

        await using var later = new MeterHost(settings);
        var page = await MeterApiTests.Json(later.Client, "/api/v1/runs?limit=2");
        var rest = await MeterApiTests.Json(
            later.Client,
            $"/api/v1/runs?limit=2&before={page.GetProperty("next").GetString()}"
        );

        Assert.Equal(
            Enumerable.Reverse(ids),
            page.GetProperty("runs")
                .EnumerateArray()
                .Concat(rest.GetProperty("runs").EnumerateArray())
                .Select(run => run.GetProperty("id").GetString()!)
        );
        Assert.Equal(
            "cancelled",
            (await MeterApiTests.Json(later.Client, $"/api/v1/runs/{ids[0]}")).GetProperty("status").GetString()
        );
    }

    [Fact]
    public async Task A_history_that_cannot_be_written_is_told_and_stops_nothing()
    {
        await using var host = await new MeterHost(
            new MeterSettings
            {
                History = new HistorySettings { Path = Path.Combine(_folder.FullName, "no", "such", "\0folder") },
            }
        ).Start();

        using var started = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 600 });
        var id = (await Body(started)).GetProperty("id").GetString()!;
        using var cancelled = await host.Client.DeleteAsync($"/api/v1/runs/{id}");
        var reading = await MeterApiTests.Json(host.Client, "/api/v1/meter");

        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        Assert.Single((await MeterApiTests.Json(host.Client, "/api/v1/runs")).GetProperty("runs").EnumerateArray());
        Assert.Contains(
            reading.GetProperty("marks").EnumerateArray(),
            mark => mark.GetString()!.Contains("history", StringComparison.OrdinalIgnoreCase)
        );
        Assert.Contains(
            "inference_cost_usd_total{",
            await host.Client.GetStringAsync("/metrics"),
            StringComparison.Ordinal
        );
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<JsonElement> Over(HttpClient client, string id)
    {
        while (true)
        {
            var run = await MeterApiTests.Json(client, $"/api/v1/runs/{id}");
            if (run.GetProperty("status").GetString() != "running")
                return run;
            await Task.Delay(100);
        }
    }

    private static async Task<JsonElement> Body(HttpResponseMessage answer) =>
        JsonElement.Parse(await answer.Content.ReadAsStringAsync());
}
