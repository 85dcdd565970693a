using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;

namespace InferenceMeter.ServiceTests.Program;

/// <summary><c>tune</c> as its user meets it, on the null session so that trials are quick.</summary>
public sealed class TuneTests : IDisposable
{
    private const string Search = "tune --session null --synthetic-photos 2 --seconds 2 --instances 1 --decoders 1";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Fact]
    public async Task A_search_that_found_nothing_goes_on_with_its_trials_and_what_it_writes_is_taken_by_bench()
    {
        var (none, said) = await Run($"{Search} --batch 8 --max-p99 0.001ms");
        var (other, refused) = await Run($"{Search} --batch 4 --scope model --resume");

        Assert.Equal((1, 2), (none, other));
        Assert.Matches("error: no configuration keeps the limits; the nearest: (fp32, batch 8|not steady)", said);
        Assert.Contains("is of other models, images or another machine", refused, StringComparison.Ordinal);

        // The trial gets a rate that no machine measures: found again, it is not of a second measurement. It also
        // stands in for the real one where the machine was too busy to measure.
        Assert.Equal(1, await GiveEachTrial(rate: 1234.5));
        var (again, found) = await Run($"{Search} --batch 8 --resume --plot front.svg");

        Assert.True(again == 0, found);
        Assert.Contains("best        fp32, batch 8, 1 x ", found, StringComparison.Ordinal);
        Assert.Contains(
            "written     tuned.json: inferencemeter --settings tuned.json",
            found,
            StringComparison.Ordinal
        );
        Assert.False(File.Exists(At("tuned.json.trials")));
        Assert.Equal("svg", XDocument.Load(At("front.svg")).Root!.Name.LocalName);
        var tuned = JsonElement.Parse(await File.ReadAllTextAsync(At("tuned.json")));
        Assert.Equal(1234.5, tuned.GetProperty("Tuned").GetProperty("imagesPerSecond").GetDouble());

        await RunningMeter.RunAndStopBench(
            "--settings tuned.json --session null --synthetic-photos 2 --json run.json".Split(' '),
            _folder.FullName
        );
        var engine = JsonElement.Parse(await File.ReadAllTextAsync(At("run.json"))).GetProperty("engine");
        Assert.Equal((8, 1), (engine.GetProperty("batchSize").GetInt32(), engine.GetProperty("instances").GetInt32()));
        Assert.Equal(
            tuned.GetProperty("Preprocessing").GetProperty("Workers").GetInt32(),
            engine.GetProperty("decoderWorkers").GetInt32()
        );
    }

    [Fact]
    public async Task A_trial_measures_a_rate_or_says_that_the_machine_is_not_steady()
    {
        var (code, output) = await Run($"{Search} --batch 8");

        if (code == 0)
            Assert.Matches("1  round 1 of 1  fp32, batch 8, [^\\n]*: [0-9.,]+ images/s", output);
        else
            Assert.Contains("not steady: ", output, StringComparison.Ordinal);
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

    /// <summary>Changes the trials on disk; returns how many there are.</summary>
    private async Task<int> GiveEachTrial(double rate)
    {
        var lines = await File.ReadAllLinesAsync(At("tuned.json.trials"));
        for (var i = 1; i < lines.Length; i++)
        {
            var entry = JsonNode.Parse(lines[i])!;
            var trial = entry["Trial"]!;
            trial["ImagesPerSecond"] = new JsonObject
            {
                ["Value"] = rate,
                ["Low"] = rate,
                ["High"] = rate,
            };
            trial["UsdPerBillion"] = 1;
            trial["Failure"] = null;
            lines[i] = entry.ToJsonString();
        }

        await File.WriteAllLinesAsync(At("tuned.json.trials"), lines);
        return lines.Length - 1;
    }

    private Task<(int Code, string Output)> Run(string arguments) =>
        Tool.RunAsync(RunningMeter.Executable, arguments.Split(' '), folder: _folder.FullName);
}
