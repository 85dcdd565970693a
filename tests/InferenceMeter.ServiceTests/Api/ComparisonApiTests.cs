using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace InferenceMeter.ServiceTests.Api;

public sealed class ComparisonApiTests
{
    [Fact]
    public async Task Runs_are_compared_by_their_ids_in_every_format()
    {
        await using var host = await new MeterHost().Start();
        var ids = new[] { await Run(host), await Run(host) };
        var query = $"/api/v1/comparison?run={ids[0]}&run={ids[1]}";

        var json = await MeterApiTests.Json(host.Client, query);

        Assert.Equal(
            ids.Order(StringComparer.Ordinal),
            json.GetProperty("runs")
                .EnumerateArray()
                .Select(run => run.GetProperty("run").GetString()!)
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal("wall", json.GetProperty("basis").GetString());
        foreach (
            var (format, type) in new[]
            {
                ("text", "text/plain"),
                ("markdown", "text/markdown"),
                ("csv", "text/csv"),
                ("html", "text/html"),
            }
        )
        {
            using var answer = await host.Client.GetAsync($"{query}&format={format}");
            Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
            Assert.Contains(ids[0], await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "run", HttpStatusCode.BadRequest)]
    [InlineData("?run=none", "GET /api/v1/runs lists", HttpStatusCode.NotFound)]
    [InlineData("?run=none&basis=net", "wall, busy, capacity, slo", HttpStatusCode.BadRequest)]
    [InlineData("?run=none&format=xml", "json", HttpStatusCode.BadRequest)]
    [InlineData("?run=none&pair=one", "two runs", HttpStatusCode.BadRequest)]
    [InlineData("?run=none&anchor=1999", "ark-2019", HttpStatusCode.BadRequest)]
    public async Task What_is_asked_for_wrongly_is_answered_with_problem_details(
        string query,
        string said,
        HttpStatusCode expected
    )
    {
        await using var host = new MeterHost();

        using var answer = await host.Client.GetAsync($"/api/v1/comparison{query}");

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains(said, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pair_that_cannot_be_explained_is_a_wrong_pair()
    {
        await using var host = await new MeterHost().Start();
        var id = await Run(host);

        using var answer = await host.Client.GetAsync($"/api/v1/comparison?run={id}&pair={id},none");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("no run is called", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<string> Run(MeterHost host)
    {
        using var started = await host.Client.PostAsJsonAsync("/api/v1/runs", new { seconds = 600 });
        var id = JsonElement.Parse(await started.Content.ReadAsStringAsync()).GetProperty("id").GetString()!;
        using var cancelled = await host.Client.DeleteAsync($"/api/v1/runs/{id}");
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        return id;
    }
}
