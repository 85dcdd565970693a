using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.Deploy;

namespace InferenceMeter.ServiceTests.Program;

public sealed class PrometheusTests
{
    private const string Cost =
        """sum(rate(inference_cost_usd_total[10s])) / sum(rate(inference_images_total{outcome="ok"}[10s])) * 1e9""";

    [ToolFact("prometheus")]
    public async Task A_real_prometheus_computes_the_cost_that_the_api_tells()
    {
        var url = $"http://127.0.0.1:{RunningMeter.FreePort()}";
        await using var meter = new RunningMeter([
            "--session",
            "null",
            "--synthetic-photos",
            "8",
            "--urls",
            url,
            "--usd-per-hour",
            "2.49",
            // A core is left to Prometheus, so that neither disturbs the other's ten seconds.
            "--decoders",
            "1",
        ]);
        await using var prometheus = new PrometheusServer([url]);
        using var api = new HttpClient { BaseAddress = new Uri(url) };
        // On a busy machine throughput takes long to settle.
        await meter.Until(
            async () =>
                await ServeTests.Answers(api, "/healthz/ready")
                && await ServeTests.Answers(prometheus.Client, "/-/ready")
                && await ApiCost(api) is not null
                && await First(prometheus, Cost) is not null,
            deadline: TimeSpan.FromMinutes(4)
        );
        var ratios = new List<double>();
        // The middle of several, and of more when the machine is restless: each side's 10 s end at other instants.
        var scraped = 0.0;
        while (ratios.Count < 5 || (ratios.Count < 40 && Math.Abs(Middle(ratios) - 1) > 0.02))
        {
            scraped = (
                await Eventually.GetAsync(
                    () => First(prometheus, "max(timestamp(inference_cost_usd_total))"),
                    time => time > scraped
                )
            )!.Value;
            if (await ApiCost(api) is { } told && await First(prometheus, Cost) is { } computed)
                ratios.Add(computed / told);
        }

        Assert.InRange(Middle(ratios), 0.98, 1.02);
        var gauge = await First(prometheus, """inference_cost_usd_per_billion_images{basis="wall",window="10s"}""");
        Assert.InRange(gauge!.Value / (await ApiCost(api) ?? gauge.Value), 0.8, 1.25);
    }

    private static double Middle(List<double> ratios) => ratios.Order().ElementAt(ratios.Count / 2);

    private static async Task<double?> First(PrometheusServer prometheus, string query) =>
        (await prometheus.Query(query)).Select(sample => (double?)sample.Value).FirstOrDefault();

    private static async Task<double?> ApiCost(HttpClient client)
    {
        var reading = await MeterApiTests.Json(client, "/api/v1/meter");
        var costs = reading
            .GetProperty("costs")
            .EnumerateArray()
            .Where(c => c.GetProperty("basis").GetString() == "wall" && c.GetProperty("window").GetString() == "10s")
            .ToList();
        return costs.Count == 0 || reading.GetProperty("state").GetString() != "steady"
            ? null
            : costs[0].GetProperty("usdPerBillionImages").GetDouble();
    }
}
