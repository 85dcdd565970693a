using System.Globalization;
using System.Text.Json;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>The verbs <c>load</c> and <c>sweep</c>.</summary>
public sealed class LoadCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Fact]
    public async Task A_load_test_in_process_writes_its_result()
    {
        var file = Path.Combine(_folder.FullName, "load.json");

        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            [
                "load",
                "--session",
                "null",
                "--scenario",
                "closed",
                "--concurrency",
                "4",
                "--seconds",
                "1",
                "--warm-up",
                "0.5",
                "--synthetic-photos",
                "2",
                "--usd-per-hour",
                "2",
                "--json",
                file,
            ]
        );

        Assert.True(code == 0, output);
        Assert.Contains("Result is : VALID", output, StringComparison.Ordinal);
        var run = JsonElement.Parse(await File.ReadAllTextAsync(file));
        var rate = run.GetProperty("imagesPerSecond").GetDouble();
        Assert.Equal(
            ("closed", 4, "VALID"),
            (
                run.GetProperty("scenario").GetString(),
                run.GetProperty("concurrency").GetInt32(),
                run.GetProperty("verdict").GetString()
            )
        );
        Assert.Equal(2 / 3600.0 / rate * 1e9, run.GetProperty("usdPerBillionImages").GetDouble(), 0.01);
    }

    [Fact]
    public async Task A_sweep_has_a_row_a_run_in_table_csv_json_and_plot()
    {
        string At(string name) => Path.Combine(_folder.FullName, name);

        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            [
                "sweep",
                "--session",
                "null",
                "--concurrency",
                "1,4",
                "--batches",
                "2,8",
                "--seconds",
                "1",
                "--synthetic-photos",
                "2",
                "--csv",
                At("a.csv"),
                "--json",
                At("a.json"),
                "--plot",
                At("a.svg"),
            ]
        );

        Assert.True(code == 0, output);
        var rows = (await File.ReadAllLinesAsync(At("a.csv")))[1..].Select(row => row.Split(',')).ToArray();
        Assert.Equal([("1", "2"), ("4", "2"), ("1", "8"), ("4", "8")], rows.Select(row => (row[2], row[3])));
        var runs = JsonElement.Parse(await File.ReadAllTextAsync(At("a.json"))).EnumerateArray().ToArray();
        Assert.Equal(
            rows.Select(row => double.Parse(row[5], CultureInfo.InvariantCulture)),
            runs.Select(run => Math.Round(run.GetProperty("imagesPerSecond").GetDouble(), 3))
        );
        Assert.Equal(
            4,
            System
                .Xml.Linq.XDocument.Load(At("a.svg"))
                .Descendants()
                .Count(element => element.Name.LocalName == "circle")
        );
        Assert.Equal(
            4,
            output
                .Split('\n')
                .Count(line =>
                    line.TrimEnd().EndsWith("VALID", StringComparison.Ordinal)
                    && line.Contains('$', StringComparison.Ordinal)
                )
        );
    }

    [Theory]
    [InlineData("load --scenario fast", "--scenario is 'fast', accepted: offline or server")]
    [InlineData("load --bound 15", "--bound is '15', accepted: a time such as 15ms or 2s")]
    [InlineData("load --rate 0", "--rate is 0, accepted: 0.01 to 1,000,000")]
    [InlineData("load --scenario closed --rate 5", "--rate goes with server and ramp")]
    [InlineData("load --find-peak --bound none", "--find-peak needs the scenario server and a --bound")]
    [InlineData("load --publish", "--publish goes with --find-peak")]
    [InlineData("load ftp://host", "TARGET is 'ftp://host', accepted: self, or an address")]
    [InlineData(
        "load http://127.0.0.1:9 --protocol v2 --synthetic-photos 1",
        "http://127.0.0.1:9 does not answer as the Open Inference Protocol says"
    )]
    [InlineData(
        "load http://127.0.0.1:9 --protocol grpc --synthetic-photos 1",
        "http://127.0.0.1:9 does not answer over gRPC"
    )]
    [InlineData("sweep", "a sweep needs either --rates or --concurrency")]
    [InlineData("sweep --rates 5,x", "--rates has 'x', accepted: numbers from 0.01 to 1,000,000")]
    [InlineData("sweep --concurrency 1.5", "--concurrency has '1.5', accepted: numbers from 1 to 100,000")]
    [InlineData("sweep http://127.0.0.1:9 --rates 5 --batches 2", "--batches goes with the target self")]
    [InlineData("load --protocol soap", "--protocol is 'soap', accepted: classify or v2 or grpc")]
    public async Task What_cannot_be_done_is_a_line(string arguments, string said)
    {
        var (code, output) = await Tool.RunAsync(RunningMeter.Executable, arguments.Split(' '));

        Assert.Equal(2, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
