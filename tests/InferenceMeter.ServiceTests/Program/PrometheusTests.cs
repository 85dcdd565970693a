using System.Diagnostics;
using System.Globalization;
using InferenceMeter.ServiceTests.Api;

namespace InferenceMeter.ServiceTests.Program;

public sealed class PrometheusTests : IDisposable
{
    private const string Cost =
        """sum(rate(inference_cost_usd_total[10s])) / sum(rate(inference_images_total{outcome="ok"}[10s])) * 1e9""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [ToolFact("prometheus")]
    public async Task A_real_prometheus_computes_the_cost_that_the_api_tells()
    {
        var (url, port) = ($"http://127.0.0.1:{RunningMeter.FreePort()}", RunningMeter.FreePort());
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
        using var prometheus = Start(url, port);
        try
        {
            using var api = new HttpClient { BaseAddress = new Uri(url) };
            using var query = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await meter.Until(async () =>
                await ServeTests.Answers(api, "/healthz/ready")
                && await ServeTests.Answers(query, "/-/ready")
                && await ApiCost(api) is not null
                && await PromCost(query) is not null
            );
            var ratios = new List<double>();
            // The middle of several, and of more when the machine is restless: each side's 10 s end at other instants.
            var scraped = 0.0;
            while (ratios.Count < 5 || (ratios.Count < 40 && Math.Abs(Middle(ratios) - 1) > 0.02))
            {
                scraped = (
                    await Eventually.GetAsync(
                        () => Query(query, "max(timestamp(inference_cost_usd_total))"),
                        time => time > scraped
                    )
                )!.Value;
                if (await ApiCost(api) is { } told && await PromCost(query) is { } computed)
                    ratios.Add(computed / told);
            }

            Assert.InRange(Middle(ratios), 0.98, 1.02);
            var gauge = await Query(query, """inference_cost_usd_per_billion_images{basis="wall",window="10s"}""");
            Assert.InRange(gauge!.Value / (await ApiCost(api) ?? gauge.Value), 0.8, 1.25);
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync();
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private Process Start(string target, int port)
    {
        var config = Path.Combine(_folder.FullName, "prometheus.yml");
        File.WriteAllText(
            config,
            "scrape_configs:\n- job_name: meter\n  scrape_interval: 1s\n  static_configs:\n  - targets: "
                + $"['{new Uri(target).Authority}']\n"
        );
        return Process.Start(
            new ProcessStartInfo(
                "prometheus",
                [
                    $"--config.file={config}",
                    $"--storage.tsdb.path={Path.Combine(_folder.FullName, "data")}",
                    $"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=error",
                ]
            )
            {
                UseShellExecute = false,
            }
        )!;
    }

    private static double Middle(List<double> ratios) => ratios.Order().ElementAt(ratios.Count / 2);

    private static Task<double?> PromCost(HttpClient client) => Query(client, Cost);

    private static async Task<double?> Query(HttpClient client, string query)
    {
        var answer = await MeterApiTests.Json(client, $"/api/v1/query?query={Uri.EscapeDataString(query)}");
        var result = answer.GetProperty("data").GetProperty("result").EnumerateArray().ToList();
        if (result.Count == 0)
            return null;
        var value = double.Parse(result[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
        return double.IsFinite(value) ? value : null;
    }

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
