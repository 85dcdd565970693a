using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.Program;

namespace InferenceMeter.ServiceTests.Deploy;

/// <summary>A real Prometheus with the rules of <c>deploy/</c> that scrapes meters each second.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly Process _process;

    public PrometheusServer(IEnumerable<string> targets)
    {
        var rules = Path.Combine(Tests.Repository.Root, "deploy", "prometheus");
        var config = Path.Combine(_folder.FullName, "prometheus.yml");
        File.WriteAllText(
            config,
            $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: ['{{rules}}/rules.yml', '{{rules}}/alerts.yml', '{{rules}}/budget.yml']
            scrape_configs:
              - job_name: inferencemeter
                static_configs:
                  - targets: [{{string.Join(", ", targets.Select(target => $"'{new Uri(target).Authority}'"))}}]
            """
        );
        var port = RunningMeter.FreePort();
        _process = Process.Start(
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
        Client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public HttpClient Client { get; }

    /// <summary>The samples of a query now; a figure that is no number is none.</summary>
    public async Task<IReadOnlyList<(JsonElement Labels, double Value)>> Query(string query)
    {
        var answer = await MeterApiTests.Json(Client, $"/api/v1/query?query={Uri.EscapeDataString(query)}");
        Assert.True(answer.GetProperty("status").GetString() == "success", $"{query}: {answer.GetRawText()}");
        return
        [
            .. answer
                .GetProperty("data")
                .GetProperty("result")
                .EnumerateArray()
                .Select(sample =>
                    (
                        sample.GetProperty("metric"),
                        double.Parse(sample.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture)
                    )
                )
                .Where(sample => double.IsFinite(sample.Item2)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
