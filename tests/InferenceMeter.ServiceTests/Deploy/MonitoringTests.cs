using System.Text.Json;
using System.Text.RegularExpressions;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.Program;
using YamlDotNet.RepresentationModel;

namespace InferenceMeter.ServiceTests.Deploy;

/// <summary>Prometheus' rules and Grafana's dashboards, with real meters behind a real Prometheus.</summary>
public sealed partial class MonitoringTests
{
    private static readonly string Deploy = Path.Combine(Tests.Repository.Root, "deploy");
    private static readonly string[] Dashboards = Directory.GetFiles(
        Path.Combine(Deploy, "grafana", "dashboards"),
        "*.json"
    );

    [ToolFact("promtool")]
    public async Task The_rules_pass_their_own_tests()
    {
        var (code, output) = await Tool.RunAsync(
            "promtool",
            ["test", "rules", Path.Combine(Deploy, "prometheus", "rules.test.yml")]
        );
        var (config, errors) = await Tool.RunAsync(
            "promtool",
            ["check", "config", Path.Combine(Deploy, "prometheus", "prometheus.yml")]
        );

        Assert.True(code == 0, output);
        Assert.True(config == 0, errors);
        // Each rule is in a test of its own: its name is.
        var tests = await File.ReadAllTextAsync(Path.Combine(Deploy, "prometheus", "rules.test.yml"));
        var alerts = await File.ReadAllTextAsync(Path.Combine(Deploy, "prometheus", "alerts.yml"));
        Assert.All(
            AlertName().Matches(alerts).Select(match => match.Groups["name"].Value),
            name => Assert.Contains($"alertname: {name}", tests, StringComparison.Ordinal)
        );
    }

    [ToolFact("prometheus")]
    public async Task Every_panel_shows_data_and_the_fleet_costs_what_its_meters_say()
    {
        string[] urls =
        [
            $"http://127.0.0.1:{RunningMeter.FreePort()}",
            $"http://127.0.0.1:{RunningMeter.FreePort()}",
            $"http://127.0.0.1:{RunningMeter.FreePort()}",
        ];
        await using var first = new RunningMeter([
            "--session",
            "null",
            "--synthetic-photos",
            "8",
            "--urls",
            urls[0],
            "--usd-per-hour",
            "1",
            "--decoders",
            "1",
        ]);
        await using var second = new RunningMeter([
            "--session",
            "null",
            "--synthetic-photos",
            "8",
            "--urls",
            urls[1],
            "--usd-per-hour",
            "5",
            "--decoders",
            "1",
        ]);
        // One that does nothing and is paid for.
        await using var third = new RunningMeter([
            "--session",
            "null",
            "--synthetic-photos",
            "8",
            "--urls",
            urls[2],
            "--usd-per-hour",
            "2",
            "--background",
            "off",
        ]);
        var clients = urls.Select(url => new HttpClient { BaseAddress = new Uri(url) }).ToArray();
        foreach (var (client, meter) in clients.Zip([first, second, third]))
            await meter.Until(() => ServeTests.Answers(client, "/healthz/ready"));
        await using var prometheus = new PrometheusServer(urls);
        await first.Until(() => ServeTests.Answers(prometheus.Client, "/-/ready"));
        using (var answered = await clients[0].PostAsync("/api/v1/classify", new ByteArrayContent(Photos.Jpeg())))
            Assert.True(answered.IsSuccessStatusCode);
        (
            await clients[0]
                .PutAsync(
                    "/api/v1/slo",
                    new StringContent(
                        """{"imagesPerSecond":100,"boundSeconds":0.015}""",
                        System.Text.Encoding.UTF8,
                        "application/json"
                    )
                )
        ).Dispose();
        var queries = Dashboards.SelectMany(Queries).Distinct().ToArray();
        Assert.InRange(queries.Length, 35, 200);
        var instances = urls.Select(url => new Uri(url).Authority).ToArray();

        foreach (var (dashboard, panel, query) in queries)
            await Eventually.GetAsync(
                () => prometheus.Query(Resolve(query, instances[0])),
                samples => samples.Count > 0,
                // Some show what a meter says once its rate is steady, which takes long on a loaded machine.
                deadline: TimeSpan.FromMinutes(3),
                expected: $"data in {dashboard}, {panel}: {query}"
            );
        // The rule over all of them against the same sum by hand over the same span.
        const string Rule = """job:inference_cost_usd_per_billion_images:rate5m{job="inferencemeter"}""";
        const string ByHand =
            """sum(rate(inference_cost_usd_total[5m])) / sum(rate(inference_images_total{outcome="ok"}[5m])) * 1e9""";
        // A scrape that was under way when the rule was evaluated is in the sum by hand alone: then the next one tells.
        await Eventually.GetAsync(
            async () =>
            {
                var evaluated = Assert.Single(await prometheus.Query($"timestamp({Rule})")).Value;
                return Assert.Single(await prometheus.Query(Rule, evaluated)).Value
                    / Assert.Single(await prometheus.Query(ByHand, evaluated)).Value;
            },
            ratio => Math.Abs(ratio - 1) <= 0.01,
            expected: "the rule and the sum by hand within 1 % of each other"
        );
        var spent = await Sum(clients, reading => reading.GetProperty("spentUsd").GetDouble());
        var images = await Sum(clients, reading => reading.GetProperty("images").GetProperty("ok").GetDouble());
        var told = Assert
            .Single(
                await prometheus.Query(
                    """sum(inference_cost_usd_total) / sum(inference_images_total{outcome="ok"}) * 1e9"""
                )
            )
            .Value;
        Assert.InRange(told / (spent / images * 1e9), 0.9, 1.1);
        // What it is that idles is told: the third one, wholly.
        var idle = await prometheus.Query($$"""instance:inference_idle:ratio{instance="{{instances[2]}}"}""");
        Assert.Equal(1, Assert.Single(idle).Value);
        Assert.InRange(
            Assert.Single(await prometheus.Query("""job:inference_idle:ratio{job="inferencemeter"}""")).Value,
            0.2,
            1
        );
        foreach (var client in clients)
            client.Dispose();
    }

    [Fact]
    public void Dashboards_use_the_data_source_that_is_provisioned_and_have_names_of_their_own()
    {
        var source = Yaml("grafana/provisioning/datasources/prometheus.yml")["datasources"][0]["uid"].ToString();
        var boards = Dashboards.Select(file => JsonElement.Parse(File.ReadAllText(file))).ToArray();

        Assert.Equal(3, boards.Length);
        Assert.Equal(
            3,
            boards.Select(board => board.GetProperty("uid").GetString()).Distinct(StringComparer.Ordinal).Count()
        );
        Assert.All(
            boards.SelectMany(Panels).Where(panel => panel.TryGetProperty("targets", out _)),
            panel =>
            {
                Assert.Equal(source, panel.GetProperty("datasource").GetProperty("uid").GetString());
                Assert.NotEmpty(panel.GetProperty("title").GetString()!);
                Assert.NotEqual(
                    "",
                    panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()
                );
            }
        );
        Assert.All(
            boards,
            board =>
                Assert.Equal(
                    Panels(board).Count(),
                    Panels(board).Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count()
                )
        );
        // No two panels lie on each other.
        Assert.All(
            boards,
            board =>
            {
                var places = Panels(board)
                    .Select(panel => panel.GetProperty("gridPos"))
                    .Select(at =>
                        (
                            X: at.GetProperty("x").GetInt32(),
                            Y: at.GetProperty("y").GetInt32(),
                            W: at.GetProperty("w").GetInt32(),
                            H: at.GetProperty("h").GetInt32()
                        )
                    )
                    .ToArray();
                Assert.All(places, place => Assert.InRange(place.X + place.W, 1, 24));
                Assert.DoesNotContain(
                    places.SelectMany((a, i) => places.Skip(i + 1).Select(b => (a, b))),
                    pair =>
                        pair.a.X < pair.b.X + pair.b.W
                        && pair.b.X < pair.a.X + pair.a.W
                        && pair.a.Y < pair.b.Y + pair.b.H
                        && pair.b.Y < pair.a.Y + pair.a.H
                );
            }
        );
    }

    private static YamlNode Yaml(string path)
    {
        var stream = new YamlStream();
        using var reader = new StreamReader(Path.Combine(Deploy, path));
        stream.Load(reader);
        return stream.Documents[0].RootNode;
    }

    private static IEnumerable<JsonElement> Panels(JsonElement board) => board.GetProperty("panels").EnumerateArray();

    private static IEnumerable<(string Dashboard, string Panel, string Query)> Queries(string file)
    {
        var board = JsonElement.Parse(File.ReadAllText(file));
        return from panel in Panels(board)
            where panel.TryGetProperty("targets", out _)
            from target in panel.GetProperty("targets").EnumerateArray()
            select (
                board.GetProperty("title").GetString()!,
                panel.GetProperty("title").GetString()!,
                target.GetProperty("expr").GetString()!
            );
    }

    /// <summary>What Grafana puts in place of its variables.</summary>
    private static string Resolve(string query, string instance) =>
        query
            .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
            .Replace("$instance", instance, StringComparison.Ordinal)
            .Replace("$job", "inferencemeter", StringComparison.Ordinal);

    private static async Task<double> Sum(IEnumerable<HttpClient> clients, Func<JsonElement, double> figure)
    {
        var sum = 0.0;
        foreach (var client in clients)
            sum += figure(await MeterApiTests.Json(client, "/api/v1/meter"));
        return sum;
    }

    [GeneratedRegex("alert: (?<name>.+)", RegexOptions.None, 1000)]
    private static partial Regex AlertName();
}
