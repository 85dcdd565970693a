using System.Text.Json;
using SkiaSharp;

namespace InferenceMeter.ServiceTests.Program;

public sealed class OnceTests : IDisposable
{
    private const int Killed = 9;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string Output => Path.Combine(_folder.FullName, "answers.jsonl");

    [Fact]
    public async Task Each_image_has_one_line_and_a_bad_one_costs_its_neighbours_nothing()
    {
        var images = Photos(5);
        await File.WriteAllTextAsync(Path.Combine(images, "2-broken.jpg"), "no image");

        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--once", "--images", images, "--output", Output, "--batch", "4"]
        );

        var lines = Lines();
        Assert.Equal(1, code);
        Assert.Equal(
            Directory.GetFiles(images).Order(StringComparer.Ordinal),
            lines.Select(line => line.GetProperty("path").GetString()!).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            "unsupported",
            lines.Single(line => line.TryGetProperty("error", out _)).GetProperty("error").GetString()
        );
        Assert.All(
            lines.Where(line => line.TryGetProperty("top5", out _)),
            line =>
            {
                var top = line.GetProperty("top5").EnumerateArray().ToList();
                Assert.Equal(5, top.Count);
                Assert.All(top, entry => Assert.InRange(entry.GetProperty("index").GetInt32(), 0, 999));
                Assert.All(top, entry => Assert.NotEmpty(entry.GetProperty("name").GetString()!));
                Assert.InRange(top.Sum(entry => entry.GetProperty("probability").GetDouble()), 0.001, 1.001);
            }
        );
        Assert.Contains("5 images ok, 1 failed (1 unsupported)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clean_folder_exits_with_0()
    {
        var (code, _) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--once", "--images", Photos(2), "--output", Output]
        );

        Assert.Equal(0, code);
        Assert.Equal(2, Lines().Count);
    }

    [Fact]
    public async Task Killed_and_started_again_it_answers_every_image_exactly_once()
    {
        var images = Photos(80);
        await using (var first = new RunningMeter(["--once", "--images", images, "--output", Output]))
        {
            await first.Until(() => Task.FromResult(File.Exists(Output) && new FileInfo(Output).Length > 0));
            first.Signal(Killed);
            await first.Exit();
        }

        var before = File.ReadAllLines(Output).Length;
        // As if the kill had torn the last line.
        await File.AppendAllTextAsync(Output, "{\"path\":\"torn");
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--once", "--images", images, "--output", Output, "--resume"]
        );

        Assert.InRange(before, 1, 79);
        Assert.Equal(0, code);
        Assert.Equal(
            Directory.GetFiles(images).Order(StringComparer.Ordinal),
            Lines().Select(line => line.GetProperty("path").GetString()!).Order(StringComparer.Ordinal)
        );
        Assert.Contains("had been answered before", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_it_finishes_what_is_in_flight_and_can_be_resumed()
    {
        var images = Photos(80);
        await using (var first = new RunningMeter(["--once", "--images", images, "--output", Output]))
        {
            await first.Until(() => Task.FromResult(File.Exists(Output) && new FileInfo(Output).Length > 0));
            first.Signal(2);
            Assert.Equal(130, await first.Exit());
            Assert.Contains("go on with --resume", first.Output, StringComparison.Ordinal);
        }

        Assert.InRange(Lines().Count, 1, 79);
        await Tool.RunAsync(RunningMeter.Executable, ["--once", "--images", images, "--output", Output, "--resume"]);
        Assert.Equal(
            80,
            Lines().Select(line => line.GetProperty("path").GetString()).Distinct(StringComparer.Ordinal).Count()
        );
        Assert.Equal(80, Lines().Count);
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_one_line()
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["--once", "--images", Photos(1), "--output", "/nowhere/answers.jsonl"]
        );

        Assert.Equal(2, code);
        Assert.Matches("^error: --output /nowhere/answers.jsonl cannot be written: .*\n$", output);
    }

    [SharedTheory]
    [InlineData("skia")]
    [InlineData("imagesharp")]
    public async Task Real_weights_recognise_real_photos_with_either_decoder(string decoder)
    {
        var (code, _) = await Tool.RunAsync(
            RunningMeter.Executable,
            [
                "--once",
                "--images",
                SharedData.Images,
                "--model",
                SharedData.Model,
                "--labels",
                SharedData.Labels,
                "--output",
                Output,
                "--decoder",
                decoder,
            ]
        );

        var truth = File.ReadLines(Path.Combine(SharedData.Images, "labels.tsv"))
            .Skip(1)
            .Select(line => line.Split('\t'))
            .ToDictionary(f => f[0], f => int.Parse(f[1]), StringComparer.Ordinal);
        var (top1, top5) = (0, 0);
        foreach (var line in Lines())
        {
            var label = truth[Path.GetFileName(line.GetProperty("path").GetString()!)];
            var classes = line.GetProperty("top5")
                .EnumerateArray()
                .Select(entry => entry.GetProperty("index").GetInt32())
                .ToList();
            if (classes[0] == label)
                top1++;
            if (classes.Contains(label))
                top5++;
        }

        Assert.Equal(0, code);
        Assert.InRange(top1, 50, 64);
        Assert.Equal(64, top5);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private List<JsonElement> Lines() =>
        [.. File.ReadLines(Output).Select(line => JsonDocument.Parse(line).RootElement)];

    private string Photos(int count)
    {
        var folder = _folder.CreateSubdirectory("images").FullName;
        for (var i = 0; i < count; i++)
        {
            using var bitmap = new SKBitmap(320, 240);
            bitmap.Erase(new SKColor((byte)(i * 2), (byte)(255 - i), 90));
            using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
            File.WriteAllBytes(Path.Combine(folder, $"{i}.jpg"), data.ToArray());
        }

        return folder;
    }
}
