using System.Text.Json;
using InferenceMeter.ServiceTests.Api;

namespace InferenceMeter.ServiceTests.Program;

/// <summary><c>model</c> as its user meets it.</summary>
public sealed class ModelTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Fact]
    public async Task A_model_is_made_inspected_converted_and_run_by_bench()
    {
        var (made, _) = await Run("model make resnet50 --precision int8");
        var (inspected, text) = await Run("model inspect resnet50-int8.onnx");
        var (again, refused) = await Run("model make resnet50 --precision int8");
        var (twice, quantized) = await Run("model convert resnet50-int8.onnx --to int8 --calibrate .");
        await Run("bench --model resnet50-int8.onnx --seconds 1 --synthetic-photos 4 --json run.json");

        Assert.Equal((0, 0, 2, 2), (made, inspected, again, twice));
        foreach (
            var said in new[]
            {
                "int8",
                "25,530,472, synthetic",
                "4.09 G multiply-adds an image",
                "53 Conv",
                "1,000 classes",
                "quantization = int8 QDQ, 54 weighted nodes",
                "accuracy     not checked",
            }
        )
            Assert.Contains(said, text, StringComparison.Ordinal);
        Assert.Contains("resnet50-int8.onnx is there already; give --force", refused, StringComparison.Ordinal);
        Assert.Contains("it is quantised already", quantized, StringComparison.Ordinal);
        var engine = JsonElement.Parse(await File.ReadAllTextAsync(File_("run.json"))).GetProperty("engine");
        Assert.Equal(
            ("resnet50", "int8", "synthetic"),
            (
                engine.GetProperty("model").GetString(),
                engine.GetProperty("precision").GetString(),
                engine.GetProperty("weights").GetString()
            )
        );
    }

    [SharedFact]
    public async Task Real_weights_in_int8_agree_with_fp32_and_the_accuracy_becomes_the_label_of_readings()
    {
        var fp16 = Tests.SharedData.Model;
        var images = Tests.SharedData.Images;

        var (converted, text) = await Run($"model convert {fp16} --to int8 --calibrate {images} --output int8.onnx");
        var (evaluated, output) = await Run(
            $"model evaluate int8.onnx --images {images} --against {fp16} --json evaluation.json"
        );

        Assert.True(converted == 0, text);
        Assert.True(evaluated == 0, output);
        var result = JsonElement.Parse(await File.ReadAllTextAsync(File_("evaluation.json")));
        Assert.InRange(Count("agreement"), 60, 64);
        Assert.Equal(64, Count("otherInTop5"));
        Assert.Equal(64, Count("top5"));
        Assert.InRange(Count("top1"), 50, 64);
        Assert.Equal("int8", result.GetProperty("precision").GetString());
        var label = result.GetProperty("label").GetString()!;
        Assert.Matches("^measured [0-9.]+ % on 64 images$", label);

        var url = $"http://127.0.0.1:{RunningMeter.FreePort()}";
        using var client = new HttpClient { BaseAddress = new Uri(url) };
        await using var meter = new RunningMeter(
            [
                "--model",
                File_("int8.onnx"),
                "--urls",
                url,
                "--synthetic-photos",
                "4",
                "--cache",
                File_("cache/inferencemeter"),
            ],
            _folder.FullName
        );
        await meter.Until(async () => await ServeTests.Answers(client, "/healthz/live"));
        Assert.Equal(
            label,
            (await MeterApiTests.Json(client, "/api/v1/meter"))
                .GetProperty("engine")
                .GetProperty("accuracyCheck")
                .GetString()
        );
        Assert.Contains(
            $"accuracy_check=\"{label}\"",
            await client.GetStringAsync("/metrics"),
            StringComparison.Ordinal
        );

        long Count(string name) => result.GetProperty(name).GetProperty("count").GetInt64();
    }

    [Theory]
    [InlineData("model make vgg", "no model 'vgg' can be made, accepted: resnet50")]
    [InlineData("model make resnet50 --precision bf16", "--precision is 'bf16', accepted: fp32 or fp16 or int8")]
    [InlineData("model make resnet50 --output no/such/folder.onnx", "no/such/folder.onnx cannot be written")]
    [InlineData("model inspect none.onnx", "none.onnx: no such file")]
    [InlineData("model inspect labels.txt", "labels.txt: not an ONNX model")]
    [InlineData("model convert labels.txt --to int4", "--to is 'int4', accepted: fp32 or fp16 or int8")]
    [InlineData("model convert labels.txt --to int8", "--to int8 needs --calibrate DIR")]
    [InlineData("model convert labels.txt --to fp16 --calibrate .", "--calibrate goes with --to int8")]
    [InlineData(
        "model convert labels.txt --to int8 --calibrate . --method best",
        "--method is 'best', accepted: minmax or percentile or entropy"
    )]
    [InlineData(
        "model convert labels.txt --to int8 --calibrate . --weight-bits 4",
        "--weight-bits is 4, accepted: 7 or 8"
    )]
    [InlineData("model evaluate labels.txt", "--images is missing")]
    [InlineData("model evaluate none.onnx --images .", "has no image file")]
    [InlineData(
        "model pull resnet",
        "no model 'resnet' in the catalogue; did you mean resnet50? Known are resnet50, "
            + "mlperf-resnet50-v1.5, resnet50-v1-12"
    )]
    [InlineData("model pull vgg16", "no model 'vgg16' in the catalogue; known are resnet50, ")]
    [InlineData(
        "model inspect resnet-50",
        "'resnet-50' is neither a file nor a model of the catalogue; did you mean resnet50?"
    )]
    [InlineData("model list --catalog none.json", "none.json: cannot be read as a catalogue of models")]
    [InlineData("model pull resnet50-v1-12 --sha256 abc", "--sha256 is 'abc', accepted: 64 hexadecimal digits")]
    [InlineData(
        "model pull resnet50-v1-12 --url ftp://example.com/a",
        "--url is 'ftp://example.com/a', accepted: an address that begins with http"
    )]
    public async Task What_cannot_be_done_is_a_line(string arguments, string said)
    {
        await File.WriteAllTextAsync(File_("labels.txt"), "a.jpg 1\n");

        var (code, output) = await Run(arguments);

        Assert.Equal(2, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));
    }

    [Fact]
    public async Task List_names_licence_accuracy_and_who_says_the_hashes()
    {
        var (code, output) = await Run("model list");

        Assert.Equal(0, code);
        foreach (
            var said in new[]
            {
                "resnet50-v1-12",
                "Apache-2.0",
                "74.97",
                "mlperf-resnet50-v1.5, resnet50",
                "76.46",
                "onnx/models at commit",
                "mlperf-automations",
            }
        )
            Assert.Contains(said, output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string File_(string name) => Path.Combine(_folder.FullName, name);

    private Task<(int Code, string Output)> Run(string arguments) =>
        Tool.RunAsync(
            RunningMeter.Executable,
            arguments.Split(' '),
            folder: _folder.FullName,
            environment: new Dictionary<string, string> { ["XDG_CACHE_HOME"] = File_("cache") }
        );
}
