using System.Text.Json.Nodes;
using InferenceMeter.Comparison;
using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Comparison;

public sealed class RunFileReaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_result_is_read_whole()
    {
        var run = SampleRuns.Read(SampleRuns.Document());

        Assert.Equal(
            ("a", 2, "AMD EPYC, 2 cores", Verdict.Valid, "pipeline", "resnet50"),
            (run.Label, run.SchemaVersion, run.Machine, run.Verdict, run.Scope, run.Model)
        );
        Assert.Equal(
            ("pretrained", "passed", "fp32", "CPUExecutionProvider", 4),
            (run.Weights, run.AccuracyCheck, run.Precision, run.Provider, run.BatchSize)
        );
        Assert.Equal(
            (100, 99.0, 101.0),
            (run.ImagesPerSecond!.Value.Value, run.ImagesPerSecond.Value.Low, run.ImagesPerSecond.Value.High)
        );
        Assert.Equal(2777.78, run.Costs["wall"].Value, 2);
        Assert.Equal(100, run.Costs["wall"].ImagesPerSecond, 9);
        Assert.Null(run.Costs["busy"].High);
        Assert.Equal((0.75, 0.25), (run.JoulesPerImage!.Value, run.P99Seconds!.Value));
        Assert.Equal("instance, g6.xlarge, us-east-1, on_demand, 2026-01-02", run.Price);
        Assert.Equal("64 synthetic", run.Dimensions[Dimension.Images]);
        Assert.Equal(
            "CPUExecutionProvider, ONNX Runtime 1.31.1, meter 0.1.0+0123456",
            run.Dimensions[Dimension.Software]
        );
        Assert.Empty(run.Notices);
    }

    [Fact]
    public void One_of_the_first_form_is_shown_as_such_with_what_it_has()
    {
        var document = SampleRuns.Document(schema: 1);
        foreach (var later in new[] { "id", "startedAt", "machine", "energy", "imageSource" })
            document.Remove(later);
        document["devices"] = JsonNode.Parse("""[{ "device": "cuda:0", "joules": 18000, "meanWatts": 300 }]""");

        var run = SampleRuns.Read(document);

        Assert.Equal("AMD EPYC, 2 cores", run.Machine);
        Assert.Equal(3, run.JoulesPerImage!.Value, 9);
        Assert.Equal("not said", run.Dimensions[Dimension.Images]);
        Assert.Equal(["written in an older form (schema 1)"], run.Notices);
    }

    [Fact]
    public void One_of_a_form_to_come_is_shown_with_what_is_known_of_it()
    {
        var document = SampleRuns.Document(schema: 9);
        document["price"] = "two dollars";
        document["latencySeconds"] = new JsonArray(1, 2);

        var run = SampleRuns.Read(document);

        Assert.Equal("", run.Price);
        Assert.Null(run.P99Seconds);
        Assert.Equal(["written by a newer version (schema 9): only what is known of it is shown"], run.Notices);
    }

    [Theory]
    [InlineData("engine.weights", "synthetic", "synthetic weights: costs the same to run, recognises nothing")]
    [InlineData(
        "engine.weights",
        "none",
        "no model was run (null session): this is what the meter's own machinery costs"
    )]
    [InlineData("price.source", "assumed", "its price is an assumption")]
    [InlineData("price.stale", true, "its price was stale (2026-01-02)")]
    public void What_lowers_its_worth_is_said(string where, object value, string notice)
    {
        var document = SampleRuns.Document();
        var path = where.Split('.');
        document[path[0]]![path[1]] = JsonValue.Create(value);

        Assert.Equal([notice], SampleRuns.Read(document).Notices);
    }

    [Fact]
    public void A_verdict_is_believed_only_when_it_is_one()
    {
        var (invalid, strange) = (SampleRuns.Document(), SampleRuns.Document());
        (invalid["verdict"], invalid["reasons"]) = ("INVALID", new JsonArray("too short"));
        strange["verdict"] = "VALID!";

        Assert.Equal(
            (Verdict.Invalid, "too short"),
            (SampleRuns.Read(invalid).Verdict, SampleRuns.Read(invalid).Reasons[0])
        );
        Assert.Equal(
            (null, "unknown", false),
            (SampleRuns.Read(strange).Verdict, SampleRuns.Read(strange).VerdictLabel, SampleRuns.Read(strange).Valid)
        );
    }

    [Theory]
    [InlineData("1e300")]
    [InlineData("-5")]
    [InlineData("0")]
    [InlineData("1e-300")]
    [InlineData("1e999")]
    [InlineData("\"100\"")]
    [InlineData("null")]
    public void A_number_that_no_measurement_can_have_is_not_there(string number)
    {
        var document = SampleRuns.Document();
        document["imagesPerSecond"]!["estimate"] = JsonNode.Parse(number);
        document["costs"]![0]!["usdPerBillionImages"] = JsonNode.Parse(number);
        document["costs"]![1]!["usdPerHour"] = JsonNode.Parse(number);

        var run = SampleRuns.Read(document);

        Assert.Null(run.ImagesPerSecond);
        Assert.Empty(run.Costs);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    [InlineData("yesterday")]
    public void A_time_at_which_nothing_was_measured_is_not_there(string time)
    {
        var document = SampleRuns.Document();
        document["finishedAt"] = time;

        Assert.Null(SampleRuns.Read(document).FinishedAt);
    }

    [Fact]
    public void An_interval_that_leaves_out_its_own_value_is_widened_to_it()
    {
        var document = SampleRuns.Document();
        (document["imagesPerSecond"]!["low"], document["imagesPerSecond"]!["high"]) = (150, 50);

        var rate = SampleRuns.Read(document).ImagesPerSecond!.Value;

        Assert.Equal((100, 100.0, 100.0), (rate.Value, rate.Low, rate.High));
    }

    [Fact]
    public void Texts_cannot_write_to_the_terminal_and_half_a_character_is_none()
    {
        var document = SampleRuns.Document();
        document["machine"] = "\u001b[2J\u0007evil\r\nname\u0085";
        document["reasons"] = new JsonArray(new string('x', 100_000), 7);
        var text = document.ToJsonString().Replace("\"resnet50\"", "\"\\ud800\"", StringComparison.Ordinal);

        var run = RunFileReader.Parse(text, "a.json", "a\u001b\n");

        Assert.Equal("[2J evil  name", run.Machine);
        Assert.Equal(500, Assert.Single(run.Reasons).Length);
        Assert.Equal(("", "a"), (run.Model, run.Label));
        Assert.False(run.SameWorkAs(run));
    }

    [Theory]
    [InlineData("", "is empty: its run did not come to an end")]
    [InlineData("not json", "is no JSON (line 1)")]
    [InlineData("{\n\"verdict\": \n}", "is no JSON (line 3)")]
    [InlineData("[]", "is JSON, but no bench result")]
    [InlineData("{}", "is JSON, but no bench result")]
    [InlineData(
        """{"verdict": "VALID", "schemaVersion": "2", "engine": {"model": "resnet50"}}""",
        "is JSON, but no bench result"
    )]
    [InlineData("""{"pairs": [], "ratio": 0.99, "verdict": "VALID"}""", "is a paired result")]
    public async Task What_is_no_result_is_refused_in_a_line_with_the_files_name(string text, string said)
    {
        var path = Path.Combine(_folder.FullName, "run.json");
        await File.WriteAllTextAsync(path, text);

        var refused = Assert.Throws<RunFileException>(() => RunFileReader.Read(path, "a"));

        Assert.StartsWith($"{path} {said}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task A_file_that_is_not_there_a_folder_and_a_huge_one_are_refused()
    {
        var huge = Path.Combine(_folder.FullName, "huge.json");
        await using (var file = File.Create(huge))
            file.SetLength(17 * 1024 * 1024);

        Assert.Contains(
            "does not exist",
            Assert
                .Throws<RunFileException>(() => RunFileReader.Read(Path.Combine(_folder.FullName, "none.json"), "a"))
                .Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "does not exist",
            Assert.Throws<RunFileException>(() => RunFileReader.Read(_folder.FullName, "a")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "without a name",
            Assert.Throws<RunFileException>(() => RunFileReader.Read("", "a")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "has 17 MB",
            Assert.Throws<RunFileException>(() => RunFileReader.Read(huge, "a")).Message,
            StringComparison.Ordinal
        );
    }
}
