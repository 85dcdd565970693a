using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using InferenceMeter.Tests.Comparison;

namespace InferenceMeter.ServiceTests.Program;

/// <summary><c>compare</c> over files of this and older forms, good and bad, in every format.</summary>
public sealed class CompareTests : IDisposable
{
    private const string Evil = "<script>alert(1)</script> | [x](http://evil) \"=1+1\"";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Fact]
    public async Task As_text_it_is_sorted_by_cost_says_what_is_noise_and_why_two_differ()
    {
        Save("cpu", SampleRuns.Document(imagesPerSecond: 20));
        Save("gpu", Gpu());

        var (code, output) = await Run("compare cpu.json gpu.json");

        Assert.Equal(0, code);
        Assert.True(
            output.IndexOf("gpu", StringComparison.Ordinal) < output.IndexOf("cpu", StringComparison.Ordinal),
            output
        );
        Assert.Contains("$138.89", output, StringComparison.Ordinal);
        Assert.Contains("cpu costs 100 (98.6..101) times gpu: more than noise", output, StringComparison.Ordinal);
        Assert.Contains("why gpu costs 0.0100", output, StringComparison.Ordinal);
        Assert.Matches("price +x 2.00 +\\$1/hour -> \\$2/hour", output);
        Assert.Contains("hardware, software and precision together", output, StringComparison.Ordinal);
        Assert.Contains("a run that differs from cpu in its hardware alone would", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_run_is_not_is_shown()
    {
        var invalid = SampleRuns.Document(schema: 1);
        invalid["verdict"] = "INVALID";
        invalid["reasons"] = new JsonArray("too short: 8.1 s measured, at least 60 s needed");
        invalid["engine"]!["weights"] = "synthetic";
        Save("old", invalid);
        Save("new", SampleRuns.Document(schema: 7));

        var (_, output) = await Run("compare old.json new.json");

        foreach (
            var said in new[]
            {
                "old: INVALID: too short",
                "old: written in an older form (schema 1)",
                "old: synthetic weights",
                "new: written by a newer version (schema 7)",
            }
        )
            Assert.Contains(said, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_markdown_text_from_a_file_is_no_markup()
    {
        Save("a", SampleRuns.Document());
        Save("b", With(SampleRuns.Document(), "machine", Evil));

        var (_, output) = await Run("compare a.json b.json --format markdown");

        var rows = output.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).ToArray();
        // Unescaped bars are cells: all rows have as many.
        Assert.Single(
            rows.Take(4).Select(row => row.Replace("\\|", "", StringComparison.Ordinal).Count(c => c == '|')).Distinct()
        );
        Assert.DoesNotContain(
            "<script>",
            output.Replace("\\<script\\>", "", StringComparison.Ordinal),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("[x](", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_csv_each_run_is_a_line_of_plain_numbers()
    {
        Save("a", With(SampleRuns.Document(), "machine", "=1+1"));

        var (_, output) = await Run("compare a.json --format csv");

        var lines = output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("run,hardware,provider", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("a,'=1+1,CPUExecutionProvider,fp32,4,100,99,101,2777.77", lines[1], StringComparison.Ordinal);
        Assert.Equal(
            lines[0].Split(',').Length,
            System.Text.RegularExpressions.Regex.Split(lines[1], ",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)").Length
        );
    }

    [Fact]
    public async Task As_json_the_factors_multiply_and_no_bound_is_no_number()
    {
        Save("a", SampleRuns.Document());
        Save("b", Gpu());

        // On the busy basis these have no upper bound: nothing may become infinity, which is no JSON.
        var (code, output) = await Run("compare a.json b.json --format json --basis busy");
        var why = JsonElement.Parse(output).GetProperty("attribution");

        Assert.Equal(0, code);
        var product = why.GetProperty("factors")
            .EnumerateArray()
            .Aggregate(1.0, (all, factor) => all * factor.GetProperty("ratio").GetProperty("ratio").GetDouble());
        Assert.Equal(why.GetProperty("whole").GetProperty("ratio").GetDouble(), product, 1e-9);
        Assert.False(why.GetProperty("whole").TryGetProperty("high", out _));
        Assert.Equal(
            ["b", "a"],
            JsonElement
                .Parse(output)
                .GetProperty("runs")
                .EnumerateArray()
                .Select(run => run.GetProperty("run").GetString())
        );
    }

    [Fact]
    public async Task As_html_it_stands_alone_and_text_from_a_file_is_text()
    {
        Save("a", With(SampleRuns.Document(), "machine", Evil));
        Save("b", Gpu());
        Save("<img src=x onerror=alert(1)>", SampleRuns.Document(imagesPerSecond: 70));

        var (code, _) = await RunAll(
            "compare",
            "a.json",
            "b.json",
            "<img src=x onerror=alert(1)>.json",
            "--output",
            "report.html"
        );
        var html = await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "report.html"));

        Assert.Equal(0, code);
        Assert.StartsWith("<!doctype html>\n", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        // Nothing is loaded: the only addresses are the name of SVG and sources as text.
        Assert.DoesNotContain(
            XDocument
                .Parse(html["<!doctype html>\n".Length..])
                .Descendants()
                .SelectMany(element => element.Attributes()),
            attribute => attribute.Name.LocalName is "src" or "href" or "style"
        );
        Assert.DoesNotMatch("url\\(|@import", html);
        var page = XDocument.Parse(html["<!doctype html>\n".Length..]);
        XNamespace svg = "http://www.w3.org/2000/svg";
        var plots = page.Descendants(svg + "svg").ToArray();
        Assert.Equal(3, plots.Length);
        Assert.All(plots, plot => Assert.Equal(3, plot.Descendants(svg + "circle").Count()));
        Assert.All(
            plots.SelectMany(plot => plot.Descendants()).SelectMany(element => element.Attributes()),
            attribute => Assert.DoesNotContain("NaN", attribute.Value, StringComparison.Ordinal)
        );
        Assert.Contains(
            page.Descendants(),
            element => element.Value == Evil || element.Value.StartsWith(Evil, StringComparison.Ordinal)
        );
        // A sign that HTML does not read as XML does, within the style.
        Assert.DoesNotContain(
            "&gt;",
            html[..html.IndexOf("</style>", StringComparison.Ordinal)],
            StringComparison.Ordinal
        );
        Assert.DoesNotMatch("<(ul|div|p|td|section|span) ?[^>]*/>", html);
    }

    [Fact]
    public async Task The_plots_take_runs_of_any_cost_and_time()
    {
        Save("dear", SampleRuns.Document(imagesPerSecond: 1e-6, usdPerHour: 1000));
        Save("cheap", SampleRuns.Document(imagesPerSecond: 1e15, usdPerHour: 0.001));
        Save("late", With(SampleRuns.Document(), "finishedAt", "2099-12-31T23:59:59Z"));
        Save("never", With(SampleRuns.Document(), "finishedAt", "0001-01-01T00:00:00Z"));
        Save("nothing", With(With(SampleRuns.Document(), "costs", new JsonArray()), "imagesPerSecond", null));

        var (code, output) = await Run(
            "compare dear.json cheap.json late.json never.json nothing.json --output report.html --basis wall"
        );

        Assert.True(code == 0, output);
        XDocument.Parse(
            (await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "report.html")))["<!doctype html>\n".Length..]
        );
    }

    [Fact]
    public async Task All_files_that_are_no_results_are_told_and_nothing_is_written()
    {
        Save("good", SampleRuns.Document());
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "empty.json"), "");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "broken.json"), "{");

        var (code, output) = await Run("compare good.json empty.json broken.json none.json --output report.html");

        Assert.Equal(2, code);
        Assert.Equal(3, output.Trim().Split('\n').Length);
        foreach (var said in new[] { "empty.json is empty", "broken.json is no JSON", "none.json does not exist" })
            Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "report.html")));
    }

    [Theory]
    [InlineData("compare a.json --format xml", "--format is 'xml', accepted: text or markdown or csv or json or html")]
    [InlineData("compare a.json --basis net", "--basis is 'net', accepted: wall or busy or capacity or slo")]
    [InlineData("compare a.json --pair a", "--pair is 'a', accepted: the names of two runs with a comma between them")]
    [InlineData("compare a.json --pair a,b", "no run is called 'b'; there are a")]
    [InlineData("compare a.json --anchor 1999", "--anchor is '1999', accepted: ark-")]
    [InlineData("compare a.json --output no/such/report.html", "--output no/such/report.html cannot be written")]
    [InlineData("compare a.json --history none.db", "--history none.db does not exist")]
    public async Task A_wrong_option_is_a_line(string arguments, string said)
    {
        Save("a", SampleRuns.Document());

        var (code, output) = await Run(arguments);

        Assert.Equal(2, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));
    }

    [Fact]
    public async Task What_bench_keeps_in_a_history_is_compared_by_its_id()
    {
        foreach (var price in new[] { "1", "2" })
        {
            var arguments =
                $"--session null --synthetic-photos 2 --usd-per-hour {price} --history history.db --json "
                + $"run{price}.json";
            await RunningMeter.RunAndStopBench(arguments.Split(' '), _folder.FullName);
        }

        var ids = new[] { "run1.json", "run2.json" }
            .Select(file =>
                JsonElement.Parse(File.ReadAllText(Path.Combine(_folder.FullName, file))).GetProperty("id").GetString()!
            )
            .ToArray();

        var (code, output) = await Run($"compare --history history.db {ids[0]} {ids[1]} --format json");
        var (missing, said) = await Run("compare --history history.db none");

        Assert.Equal(0, code);
        Assert.Equal(
            ids.Order(StringComparer.Ordinal),
            JsonElement
                .Parse(output)
                .GetProperty("runs")
                .EnumerateArray()
                .Select(run => run.GetProperty("run").GetString()!)
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(2, missing);
        Assert.Contains("none is no file, and history.db has no run of that id", said, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static JsonObject Gpu()
    {
        var document = With(
            SampleRuns.Document(imagesPerSecond: 4000, usdPerHour: 2),
            "machine",
            "NVIDIA H200, 16 cores"
        );
        var engine = document["engine"]!;
        (engine["provider"], engine["precision"]) = ("CUDAExecutionProvider", "fp16");
        return document;
    }

    private static JsonObject With(JsonObject document, string name, JsonNode? value)
    {
        document[name] = value;
        return document;
    }

    private void Save(string name, JsonObject document) =>
        File.WriteAllText(Path.Combine(_folder.FullName, $"{name}.json"), document.ToJsonString());

    private Task<(int Code, string Output)> Run(string arguments) => RunAll(arguments.Split(' '));

    private Task<(int Code, string Output)> RunAll(params string[] arguments) =>
        Tool.RunAsync(RunningMeter.Executable, arguments, folder: _folder.FullName);
}
