using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using InferenceMeter.Images;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>Folders as people have them.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_folder_written_in_three_ways_is_resumed_as_one()
    {
        Photos("photos", 5);
        Directory.CreateSymbolicLink(In("link"), In("photos"));

        foreach (var images in new[] { "photos", "./photos", In("photos"), "link" })
            Assert.Equal(0, (await OnceAsync("--images", images, "--output", "answers.jsonl", "--resume")).Code);

        Assert.Equal(5, Paths().Count);
    }

    [Fact]
    public async Task A_name_that_is_not_UTF_8_is_answered_once_and_written_with_its_bytes()
    {
        Photos("photos", 1);
        await Shell("mv photos/0.jpg \"photos/$(printf 'caf\\351.jpg')\"");

        for (var i = 0; i < 2; i++)
            Assert.Equal(0, (await OnceAsync("--images", "photos", "--output", "answers.jsonl", "--resume")).Code);

        Assert.Equal([@"photos/caf\xE9.jpg"], Paths());
        await Shell("rm -r photos");
    }

    [Fact]
    public async Task What_is_passed_over_is_told_once_with_counts()
    {
        Photos("photos", 2);
        await Shell("cd photos; touch a.txt b.txt c.tiff ._0.jpg; mkfifo pipe.jpg");

        var (code, output) = await OnceAsync("--images", "photos");

        Assert.Equal(0, code);
        Assert.Equal(2, output.Split("passed over in photos: 2 .txt, 1 .tiff, 1 hidden, 1 pipe or device\n").Length);
        Assert.Contains("2 images ok", output, StringComparison.Ordinal);
    }

    [NobodyFact]
    public async Task A_folder_that_cannot_be_read_is_an_error_and_not_a_smaller_data_set()
    {
        Photos("photos", 2);
        Photos("photos/private", 2);
        await Shell("chmod 000 photos/private; chmod 755 .");

        var (code, output) = await AsNobody("--once", "--session", "null", "--images", In("photos"));

        await Shell("chmod 755 photos/private");
        Assert.Equal(2, code);
        Assert.Equal(
            $"error: the image folder {In("photos")} cannot be listed whole: {In("photos/private")}: "
                + "Permission denied; make it readable, or give another (--images)\n",
            output
        );
    }

    [Fact]
    public async Task A_folder_that_vanishes_while_serving_turns_readiness_off_until_it_is_back()
    {
        Photos("photos", 3);
        var address = $"http://127.0.0.1:{RunningMeter.FreePort().ToString(CultureInfo.InvariantCulture)}";
        await using var meter = new RunningMeter([
            "--session",
            "null",
            "--images",
            In("photos"),
            "--urls",
            address,
            "--cache",
            In("cache"),
        ]);
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        await meter.Until(() => IsReady(client, HttpStatusCode.OK));

        Directory.Move(In("photos"), In("away"));

        await meter.Until(() => IsReady(client, HttpStatusCode.ServiceUnavailable));
        var gone = await client.GetFromJsonAsync<JsonElement>("/api/v1/meter");
        Assert.Contains(
            $"the image folder {In("photos")} is gone; it is tried again",
            gone.GetProperty("notes").EnumerateArray().Select(note => note.GetString())
        );
        Assert.InRange(gone.GetProperty("images").GetProperty("failed").GetInt64(), 0, 16);

        Directory.Move(In("away"), In("photos"));

        await meter.Until(() => IsReady(client, HttpStatusCode.OK));
    }

    private static async Task<bool> IsReady(HttpClient client, HttpStatusCode expected)
    {
        try
        {
            using var answer = await client.GetAsync("/healthz/ready");
            return answer.StatusCode == expected;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private string In(string name) => Path.Combine(_folder.FullName, name);

    private void Photos(string folder, int count)
    {
        Directory.CreateDirectory(In(folder));
        for (var i = 0; i < count; i++)
            File.WriteAllBytes(In($"{folder}/{i}.jpg"), SyntheticPhotoGenerator.Make(i));
    }

    private List<string> Paths() =>
        [
            .. File.ReadLines(In("answers.jsonl"))
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("path").GetString()!),
        ];

    private Task<(int Code, string Output)> OnceAsync(params string[] arguments) =>
        Tool.RunAsync(
            RunningMeter.Executable,
            ["--once", "--session", "null", "--cache", In("cache"), .. arguments],
            folder: _folder.FullName
        );

    private async Task Shell(string script) =>
        Assert.Equal(0, (await Tool.RunAsync("/bin/sh", ["-c", script], folder: _folder.FullName)).Code);

    private Task<(int Code, string Output)> AsNobody(params string[] arguments)
    {
        string[] command = [.. NobodyFactAttribute.Prefix, RunningMeter.Executable, .. arguments];
        return Tool.RunAsync(
            command[0],
            command[1..],
            environment: new Dictionary<string, string> { ["HOME"] = In("home") }
        );
    }
}
