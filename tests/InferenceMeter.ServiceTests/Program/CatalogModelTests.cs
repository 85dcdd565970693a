using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace InferenceMeter.ServiceTests.Program;

/// <summary><c>--model NAME</c> as a user meets it, with local servers in place of the catalogue's.</summary>
public sealed class CatalogModelTests : CatalogTests
{
    [Fact]
    public async Task A_name_is_downloaded_once_and_answers_in_ImageNets_numbering_then_without_a_network()
    {
        WriteCatalog(Gone.Address, Server.Address);
        Pictures();

        var (code, output) = await Run("--once --model resnet50 --images pictures --output first.jsonl");
        await Server.DisposeAsync();
        var (again, offline) = await Run("--once --model mlperf-resnet50-v1.5 --images pictures --output second.jsonl");

        Assert.True(code == 0, output);
        Assert.True(again == 0, offline);
        Assert.Contains("the server answered 404 NotFound; trying ", output, StringComparison.Ordinal);
        Assert.Contains("downloading mlperf-resnet50-v1.5", output, StringComparison.Ordinal);
        Assert.DoesNotContain("downloading", offline, StringComparison.Ordinal);
        Assert.Equal(1, Server.Requests);
        Assert.Equal(Model, await File.ReadAllBytesAsync(Cached));
        foreach (var file in new[] { "first.jsonl", "second.jsonl" })
        {
            var answers = File.ReadLines(File_(file))
                .Select(line => JsonElement.Parse(line))
                .OrderBy(line => line.GetProperty("path").GetString(), StringComparer.Ordinal)
                .Select(line => line.GetProperty("top5")[0])
                .Select(best => (best.GetProperty("index").GetInt32(), best.GetProperty("name").GetString()!));
            Assert.Equal(MlperfStandIn.Answers, answers);
        }
    }

    [Fact]
    public async Task Every_command_that_runs_a_model_takes_a_name()
    {
        WriteCatalog(Server.Address);
        Pictures();

        var (inspected, text) = await Run("model inspect resnet50");
        var (converted, conversion) = await Run("model convert resnet50 --to fp16");
        var (evaluated, evaluation) = await Run(
            "model evaluate resnet50 --images pictures --labels labels.tsv --against "
                + "mlperf-resnet50-v1.5-fp16.onnx --json evaluation.json"
        );
        var (benched, bench) = await Run("bench --model resnet50 --seconds 1 --synthetic-photos 2 --json run.json");
        var (loaded, load) = await Run(
            "load self --model resnet50 --scenario closed --concurrency 2 --seconds 1 --warm-up 0 "
                + "--synthetic-photos 2 --json load.json"
        );
        var (tuned, tune) = await Run(
            "tune resnet50 --seconds 2 --batch 4 --instances 1 --threads 1 --decoders 1 --synthetic-photos 2"
        );

        Assert.True(inspected == 0, text);
        Assert.Contains("1,000 classes", text, StringComparison.Ordinal);
        Assert.Contains("the first of its 1,001 classes is \"none of them\"", text, StringComparison.Ordinal);
        Assert.Contains("1,000 names: tench, goldfish, ...", text, StringComparison.Ordinal);
        Assert.True(converted == 0, conversion);
        Assert.True(evaluated == 0, evaluation);
        var result = JsonElement.Parse(await File.ReadAllTextAsync(File_("evaluation.json")));
        foreach (var share in new[] { "top1", "agreement" })
            Assert.Equal(3, result.GetProperty(share).GetProperty("count").GetInt32());
        Assert.True(File.Exists(File_("run.json")), bench);
        Assert.InRange(benched, 0, 1);
        var engine = JsonElement.Parse(await File.ReadAllTextAsync(File_("run.json"))).GetProperty("engine");
        Assert.Equal(
            ("mlperf-resnet50-v1.5", "pretrained"),
            (engine.GetProperty("model").GetString(), engine.GetProperty("weights").GetString())
        );
        Assert.True(File.Exists(File_("load.json")), load);
        Assert.InRange(loaded, 0, 1);
        // On a busy machine no trial may settle; then their log is left.
        Assert.True(tuned is 0 or 1, tune);
        var written = await File.ReadAllTextAsync(File_(tuned == 0 ? "tuned.json" : "tuned.json.trials"));
        Assert.Contains("resnet50", written, StringComparison.Ordinal);
        Assert.Equal(1, Server.Requests);
    }

    [Fact]
    public async Task Served_it_answers_both_protocols_in_ImageNets_numbering()
    {
        WriteCatalog(Server.Address);
        var url = $"http://127.0.0.1:{RunningMeter.FreePort()}";
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        await using var meter = new RunningMeter(
            [
                "--model",
                "resnet50",
                "--urls",
                url,
                "--background",
                "off",
                "--catalog",
                File_("catalog.json"),
                "--cache",
                File_("cache/inferencemeter"),
            ],
            Folder.FullName
        );
        await meter.Until(async () => await ServeTests.Answers(client, "/healthz/ready"));

        for (var i = 0; i < Colours.Length; i++)
        {
            var picture = Picture(Colours[i]);
            using var content = new ByteArrayContent(picture)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("image/png") },
            };
            using var classified = await client.PostAsync("/api/v1/classify", content);
            var best = JsonElement
                .Parse(await classified.Content.ReadAsStringAsync())
                .GetProperty("images")[0]
                .GetProperty("classes")[0];
            using var inferred = await client.PostAsJsonAsync(
                "/v2/models/mlperf-resnet50-v1.5-encoded/infer",
                new
                {
                    inputs = new[]
                    {
                        new
                        {
                            name = "image",
                            datatype = "BYTES",
                            shape = new[] { 1 },
                            data = new[] { Convert.ToBase64String(picture) },
                        },
                    },
                }
            );
            var outputs = JsonElement
                .Parse(await inferred.Content.ReadAsStringAsync())
                .GetProperty("outputs")
                .EnumerateArray()
                .ToDictionary(
                    output => output.GetProperty("name").GetString()!,
                    output => output.GetProperty("data")[0],
                    StringComparer.Ordinal
                );

            var (index, name) = MlperfStandIn.Answers[i];
            Assert.Equal((index, name), (best.GetProperty("index").GetInt32(), best.GetProperty("name").GetString()));
            Assert.Equal((index, name), (outputs["indices"].GetInt32(), outputs["labels"].GetString()));
        }
    }

    [Fact]
    public async Task A_cached_file_that_changed_is_refused_in_a_line()
    {
        WriteCatalog(Server.Address);
        Pictures();
        await Run("model inspect resnet50");
        await File.AppendAllTextAsync(Cached, "!");

        var (code, output) = await Run("--once --model resnet50 --images pictures");

        Assert.Equal(2, code);
        Assert.Matches(
            "^error: .*its SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}, which was recorded in .*delete it "
                + "to have it downloaded again",
            output
        );
        Assert.Single(output.Trim().Split('\n'));
    }

    [Fact]
    public async Task A_path_that_exists_wins_over_a_name()
    {
        WriteCatalog(Server.Address);
        await File.WriteAllTextAsync(File_("resnet50"), "no model");

        var (code, output) = await Run("model inspect resnet50");

        Assert.Equal(2, code);
        Assert.Contains("error: resnet50: not an ONNX model", output, StringComparison.Ordinal);
        Assert.Equal(0, Server.Requests);
    }

    [Theory]
    [InlineData("--once --images pictures --model")]
    [InlineData("bench --model")]
    [InlineData("load self --model")]
    [InlineData("tune")]
    [InlineData("model inspect")]
    [InlineData("model convert --to fp16")]
    [InlineData("model evaluate --images pictures")]
    public async Task A_name_that_is_neither_says_what_is_known_and_what_was_meant(string command)
    {
        WriteCatalog(Server.Address);
        Pictures();

        var (code, output) = await Run($"{command} renset50");

        Assert.Equal(2, code);
        Assert.Equal(
            "error: 'renset50' is neither a file nor a model of the catalogue; did you mean resnet50? "
                + "Known are resnet50, mlperf-resnet50-v1.5\n",
            output
        );
    }

    [Fact]
    public async Task Without_a_network_and_without_the_file_all_mirrors_are_named_in_one_error()
    {
        WriteCatalog(Gone.Address, Server.Address);
        Pictures();
        await Server.DisposeAsync();

        var (code, output) = await Run("--once --model resnet50 --images pictures");

        Assert.Equal(2, code);
        var error = Assert.Single(
            output.Trim().Split('\n'),
            line => line.StartsWith("error: ", StringComparison.Ordinal)
        );
        foreach (
            var said in new[]
            {
                FileName,
                Gone.Address.AbsoluteUri,
                "404 NotFound",
                Server.Address.AbsoluteUri,
                Cached,
                "--catalog FILE",
            }
        )
            Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_images_shows_before_anything_is_downloaded()
    {
        WriteCatalog(Server.Address);
        Folder.CreateSubdirectory("empty");

        var (code, output) = await Run("--once --model resnet50 --images empty");

        Assert.Equal(2, code);
        Assert.Contains("has no image file", output, StringComparison.Ordinal);
        Assert.Equal(0, Server.Requests);
    }

    [Fact]
    public async Task The_synthetic_default_says_how_to_get_real_answers()
    {
        Pictures();

        var (_, output) = await Run("--once --images pictures");

        Assert.Contains(
            "the answers mean nothing; add --model resnet50 to download MLPerf's ResNet-50",
            output,
            StringComparison.Ordinal
        );
    }
}
