using System.Text.Json;
using System.Xml.Linq;

namespace InferenceMeter.ServiceTests.Program;

/// <summary><c>tune</c> as its user meets it, on the null session so that trials are quick.</summary>
public sealed class TuneTests : IDisposable
{
    private const string Quick = "tune --session null --synthetic-photos 2 --seconds 2";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Fact]
    public async Task What_it_writes_is_taken_by_bench()
    {
        var (code, output) = await Run($"{Quick} --batch 8 --instances 1 --plot front.svg");

        Assert.True(code == 0, output);
        Assert.Contains("best        fp32, batch 8, 1 x ", output, StringComparison.Ordinal);
        Assert.Contains(
            "written     tuned.json: inferencemeter --settings tuned.json",
            output,
            StringComparison.Ordinal
        );
        Assert.False(File.Exists(At("tuned.json.trials")));
        Assert.Equal("svg", XDocument.Load(At("front.svg")).Root!.Name.LocalName);
        var tuned = JsonElement.Parse(await File.ReadAllTextAsync(At("tuned.json")));
        Assert.True(tuned.GetProperty("Tuned").GetProperty("imagesPerSecond").GetDouble() > 0);

        await Run("bench --settings tuned.json --session null --seconds 1 --synthetic-photos 2 --json run.json");
        var engine = JsonElement.Parse(await File.ReadAllTextAsync(At("run.json"))).GetProperty("engine");
        Assert.Equal((8, 1), (engine.GetProperty("batchSize").GetInt32(), engine.GetProperty("instances").GetInt32()));
        Assert.Equal(
            tuned.GetProperty("Preprocessing").GetProperty("Workers").GetInt32(),
            engine.GetProperty("decoderWorkers").GetInt32()
        );
    }

    [Fact]
    public async Task A_search_that_found_nothing_goes_on_with_its_trials()
    {
        var (none, said) = await Run($"{Quick} --batch 8 --instances 1 --decoders 1 --max-p99 0.001ms");
        var trials = await File.ReadAllTextAsync(At("tuned.json.trials"));
        var (other, refused) = await Run($"{Quick} --batch 4 --instances 1 --decoders 1 --scope model --resume");
        var (again, found) = await Run($"{Quick} --batch 8 --instances 1 --decoders 1 --resume");

        Assert.Equal((1, 2, 0), (none, other, again));
        Assert.Contains(
            "error: no configuration keeps the limits; the nearest: fp32, batch 8",
            said,
            StringComparison.Ordinal
        );
        Assert.Contains("is of other models, images or another machine", refused, StringComparison.Ordinal);
        Assert.NotEmpty(trials);
        // The rate that the first search measured, to the last digit.
        var rate = JsonElement
            .Parse(trials.Trim().Split('\n')[^1])
            .GetProperty("Trial")
            .GetProperty("ImagesPerSecond")
            .GetProperty("Value")
            .GetDouble();
        Assert.True(again == 0, found);
        Assert.Equal(
            rate,
            JsonElement
                .Parse(await File.ReadAllTextAsync(At("tuned.json")))
                .GetProperty("Tuned")
                .GetProperty("imagesPerSecond")
                .GetDouble()
        );
    }

    [Theory]
    [InlineData("tune --objective speed", "--objective is 'speed', accepted: usd or images or joules")]
    [InlineData("tune --max-p99 15", "--max-p99 is '15', accepted: a time such as 15ms or 2s")]
    [InlineData("tune --max-memory 0", "--max-memory is 0, accepted: a whole number of MB from 1")]
    [InlineData("tune --max-accuracy-drop -1", "--max-accuracy-drop is -1, accepted: a number from 0 to 100")]
    [InlineData("tune --seconds 1", "--seconds is 1, accepted: a whole number from 2 to 3,600")]
    [InlineData("tune none.onnx", "none.onnx: no such file")]
    [InlineData("tune --output no/such/folder.json", "no/such/folder.json")]
    [InlineData("tune --session null --synthetic-photos 2 --max-accuracy-drop 1", "run `inferencemeter model evaluate")]
    [InlineData("bench --settings none.json", "--settings none.json does not exist")]
    public async Task What_cannot_be_done_is_a_line(string arguments, string said)
    {
        var (code, output) = await Run(arguments);

        Assert.Equal(2, code);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private Task<(int Code, string Output)> Run(string arguments) =>
        Tool.RunAsync(RunningMeter.Executable, arguments.Split(' '), folder: _folder.FullName);
}
