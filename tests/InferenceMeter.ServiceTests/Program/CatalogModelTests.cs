using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using InferenceMeter.Tests.Pricing.Feeds;
using SkiaSharp;

namespace InferenceMeter.ServiceTests.Program;

/// <summary><c>--model NAME</c> as a user meets it, with local servers in place of the catalogue's.</summary>
public sealed class CatalogModelTests : IAsyncDisposable
{
    private const int Interrupt = 2;
    private const string FileName = "mlperf-resnet50-v1.5.onnx";

    private static readonly byte[] Model = MlperfStandIn.Write();
    private static readonly SKColor[] Colours = [new(255, 0, 0), new(0, 255, 0), new(0, 0, 255)];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly LocalServer _gone = new((context, _) => LocalServer.TextAsync(context, "", 404));
    private readonly LocalServer _server = new(
        async (context, _) => await context.Response.OutputStream.WriteAsync(Model)
    );

    private string Cached => File_($"cache/inferencemeter/models/{FileName}");

    public async ValueTask DisposeAsync()
    {
        await _gone.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_name_is_downloaded_once_and_answers_in_ImageNets_numbering_then_without_a_network()
    {
        WriteCatalog(_gone.Address, _server.Address);
        Pictures();

        var (code, output) = await Run("--once --model resnet50 --images pictures --output first.jsonl");
        await _server.DisposeAsync();
        var (again, offline) = await Run("--once --model mlperf-resnet50-v1.5 --images pictures --output second.jsonl");

        Assert.True(code == 0, output);
        Assert.True(again == 0, offline);
        Assert.Contains("the server answered 404 NotFound; trying ", output, StringComparison.Ordinal);
        Assert.Contains("downloading mlperf-resnet50-v1.5", output, StringComparison.Ordinal);
        Assert.DoesNotContain("downloading", offline, StringComparison.Ordinal);
        Assert.Equal(1, _server.Requests);
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
        WriteCatalog(_server.Address);
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
        Assert.True(tuned == 0, tune);
        Assert.Contains("\"resnet50\"", await File.ReadAllTextAsync(File_("tuned.json")), StringComparison.Ordinal);
        Assert.Equal(1, _server.Requests);
    }

    [Fact]
    public async Task Served_it_answers_both_protocols_in_ImageNets_numbering()
    {
        WriteCatalog(_server.Address);
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
            _folder.FullName
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
        WriteCatalog(_server.Address);
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
        WriteCatalog(_server.Address);
        await File.WriteAllTextAsync(File_("resnet50"), "no model");

        var (code, output) = await Run("model inspect resnet50");

        Assert.Equal(2, code);
        Assert.Contains("error: resnet50: not an ONNX model", output, StringComparison.Ordinal);
        Assert.Equal(0, _server.Requests);
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
        WriteCatalog(_server.Address);
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
        WriteCatalog(_gone.Address, _server.Address);
        Pictures();
        await _server.DisposeAsync();

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
                _gone.Address.AbsoluteUri,
                "404 NotFound",
                _server.Address.AbsoluteUri,
                Cached,
                "--catalog FILE",
            }
        )
            Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_images_shows_before_anything_is_downloaded()
    {
        WriteCatalog(_server.Address);
        _folder.CreateSubdirectory("empty");

        var (code, output) = await Run("--once --model resnet50 --images empty");

        Assert.Equal(2, code);
        Assert.Contains("has no image file", output, StringComparison.Ordinal);
        Assert.Equal(0, _server.Requests);
    }

    [Fact]
    public async Task Pull_without_a_name_fetches_MLPerfs_model_with_its_preprocessing_and_records_its_hash()
    {
        WriteCatalog(_gone.Address, _server.Address);

        var (code, output) = await Run("model pull");

        Assert.True(code == 0, output);
        Assert.Equal(Model, await File.ReadAllBytesAsync(File_(FileName)));
        var sidecar = JsonElement.Parse(await File.ReadAllTextAsync(File_($"{FileName}.json")));
        Assert.True(sidecar.GetProperty("background_class").GetBoolean());
        Assert.Contains($"is recorded in {FileName}.sha256 and checked from now on", output, StringComparison.Ordinal);
        var (agrees, sums) = await Tool.RunAsync(
            "sha256sum",
            ["--check", $"{FileName}.sha256"],
            folder: _folder.FullName
        );
        Assert.True(agrees == 0, sums);
    }

    [Fact]
    public async Task Interrupted_it_keeps_what_came_and_the_same_command_continues()
    {
        const int Half = 600_000;
        var content = new byte[2 * Half];
        new Random(1).NextBytes(content);
        LocalServer? self = null;
        await using var stalling = self = new LocalServer(
            async (context, _) =>
            {
                context.Response.ContentLength64 = content.Length;
                await context.Response.OutputStream.WriteAsync(content.AsMemory(0, Half));
                await context.Response.OutputStream.FlushAsync();
                await self!.Stopped;
            }
        );
        var continued = new List<int>();
        await using var good = new LocalServer(
            async (context, _) =>
            {
                var from = int.Parse(context.Request.Headers["Range"]!["bytes=".Length..].TrimEnd('-'));
                continued.Add(from);
                context.Response.StatusCode = 206;
                context.Response.AddHeader("Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}");
                await context.Response.OutputStream.WriteAsync(content.AsMemory(from));
            }
        );
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        string[] pull =
        [
            "model",
            "pull",
            "--catalog",
            File_("catalog.json"),
            "--output",
            File_("pulled.onnx"),
            "--sha256",
            hash,
        ];
        WriteCatalog(stalling.Address);
        await using (var meter = new RunningMeter(pull))
        {
            var part = File_($"pulled.onnx.{hash[..12]}.part");
            await meter.Until(() => Task.FromResult(File.Exists(part) && new FileInfo(part).Length >= Half / 2));
            meter.Signal(Interrupt);
            Assert.Equal(130, await meter.Exit());
            Assert.Contains("interrupted: what came is kept", meter.Errors, StringComparison.Ordinal);
        }

        WriteCatalog(good.Address);
        var (code, output) = await Tool.RunAsync(RunningMeter.Executable, pull);

        Assert.True(code == 0, output);
        Assert.Equal(content, await File.ReadAllBytesAsync(File_("pulled.onnx")));
        Assert.InRange(Assert.Single(continued), Half / 2, Half);
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

    private string File_(string name) => Path.Combine(_folder.FullName, name);

    private Task<(int Code, string Output)> Run(string arguments) =>
        Tool.RunAsync(
            RunningMeter.Executable,
            arguments.Split(' '),
            folder: _folder.FullName,
            environment: new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["XDG_CACHE_HOME"] = File_("cache"),
                ["Model__CatalogFile"] = File_("catalog.json") is var file && File.Exists(file) ? file : "",
            }
        );

    /// <summary>
    /// The catalogue's entry of MLPerf's model, with other mirrors and without the hash of the real file.
    /// </summary>
    private void WriteCatalog(params Uri[] mirrors) =>
        File.WriteAllText(
            File_("catalog.json"),
            JsonSerializer.Serialize(
                new
                {
                    hashesFrom = "nobody",
                    models = new[]
                    {
                        new
                        {
                            name = "mlperf-resnet50-v1.5",
                            aliases = new[] { "resnet50" },
                            about = "a stand-in",
                            licence = "Apache-2.0",
                            precision = "fp32",
                            source = "https://example.com/",
                            urls = mirrors.Select(mirror => new Uri(mirror, "resnet50_v1.onnx")),
                            sidecar = InferenceMeter.Models.Catalog.ModelCatalog.Default.Find("resnet50")!.Sidecar,
                        },
                    },
                }
            )
        );

    private void Pictures()
    {
        var folder = _folder.CreateSubdirectory("pictures").FullName;
        for (var i = 0; i < Colours.Length; i++)
            File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), Picture(Colours[i]));
        File.WriteAllLines(
            File_("labels.tsv"),
            MlperfStandIn.Answers.Select((answer, i) => $"{i}.png\t{answer.Class}")
        );
    }

    private static byte[] Picture(SKColor colour)
    {
        using var bitmap = new SKBitmap(240, 240);
        bitmap.Erase(colour);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 90);
        return data.ToArray();
    }
}
