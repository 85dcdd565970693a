using System.Text.Json;

namespace InferenceMeter.ServiceTests.Program;

public sealed class BenchTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string Result => Path.Combine(_folder.FullName, "result.json");

    [Fact]
    public async Task A_short_run_has_its_figures_and_is_invalid_for_being_short()
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["bench", "--session", "null", "--scope", "model", "--seconds", "10", "--json", Result]
        );

        var result = JsonDocument.Parse(await File.ReadAllTextAsync(Result)).RootElement;
        Assert.Equal(1, code);
        Assert.Equal("INVALID", result.GetProperty("verdict").GetString());
        Assert.Contains("verdict     INVALID", output, StringComparison.Ordinal);
        if (!result.TryGetProperty("imagesPerSecond", out var rate))
        {
            // A machine that is busy with other things may never run evenly; then that is what must be said.
            Assert.Matches("no steady state|no confidence interval", output);
            return;
        }

        Assert.Contains(
            result.GetProperty("reasons").EnumerateArray(),
            reason => reason.GetString()!.StartsWith("too short:", StringComparison.Ordinal)
        );
        Assert.InRange(
            rate.GetProperty("estimate").GetDouble(),
            rate.GetProperty("low").GetDouble(),
            rate.GetProperty("high").GetDouble()
        );
        // images / seconds is the estimate, and the cost is the price over it.
        Assert.Equal(
            result.GetProperty("images").GetInt64() / result.GetProperty("durationSeconds").GetDouble(),
            rate.GetProperty("estimate").GetDouble(),
            rate.GetProperty("estimate").GetDouble() * 0.25
        );
        var wall = result
            .GetProperty("costs")
            .EnumerateArray()
            .Single(cost => cost.GetProperty("basis").GetString() == "wall");
        Assert.Equal(
            1 / 3600.0 / rate.GetProperty("estimate").GetDouble() * 1e9,
            wall.GetProperty("usdPerBillionImages").GetDouble(),
            0.01
        );
        Assert.Contains("scope model", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task By_MLPerf_s_rules_a_run_of_seconds_is_too_short_and_the_verdict_names_the_rules()
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["bench", "--session", "null", "--scope", "model", "--rules", "mlperf", "--seconds", "2", "--json", Result]
        );

        var result = JsonDocument.Parse(await File.ReadAllTextAsync(Result)).RootElement;
        Assert.Equal((1, "mlperf"), (code, result.GetProperty("rules").GetString()));
        Assert.Contains(
            "verdict     INVALID, by MLPerf's lengths: 600 s and 24,576 images",
            output,
            StringComparison.Ordinal
        );
        // On a machine that is busy with other things throughput may never settle, which then is the reason.
        Assert.Contains(
            result.GetProperty("reasons").EnumerateArray(),
            reason =>
                reason.GetString()!.Contains("at least 600 s needed") || reason.GetString()!.StartsWith("no steady")
        );
    }

    [Fact]
    public async Task Paired_it_prints_the_ratio_to_the_bare_loop_with_its_interval()
    {
        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            [
                "bench",
                "--paired",
                "--scope",
                "model",
                "--batch",
                "1",
                "--seconds",
                "3",
                "--segment-seconds",
                "1",
                "--synthetic-photos",
                "2",
                "--json",
                Result,
            ]
        );

        var result = JsonDocument.Parse(await File.ReadAllTextAsync(Result)).RootElement;
        Assert.Equal(0, code);
        Assert.Equal(3, result.GetProperty("pairs").GetArrayLength());
        Assert.All(
            result.GetProperty("pairs").EnumerateArray(),
            pair =>
                Assert.True(
                    pair.GetProperty("pipeline").GetDouble() > 0 && pair.GetProperty("bareLoop").GetDouble() > 0
                )
        );
        Assert.True(result.GetProperty("ratio").GetProperty("estimate").GetDouble() > 0);
        Assert.Matches(
            "ratio +[0-9.]+ \\([0-9.]+ to [0-9.]+, 95 % interval\\) of the bare loop, scope model, 3 pairs",
            output
        );
    }

    [Fact]
    public async Task Paired_over_images_that_none_can_be_used_ends_with_one_line()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "not-an-image.jpg"), "text");

        var (code, output) = await Tool.RunAsync(
            RunningMeter.Executable,
            ["bench", "--paired", "--images", _folder.FullName]
        );

        Assert.Equal(2, code);
        Assert.Contains("error: not one of the 1 images can be used", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_that_could_not_be_written_is_told_before_the_run()
    {
        var (code, output) = await Tool.RunAsync(RunningMeter.Executable, ["bench", "--json", "/nowhere/result.json"]);

        Assert.Equal(2, code);
        Assert.Matches("^error: --json /nowhere/result.json cannot be written: .*\n$", output);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
