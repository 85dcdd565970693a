using System.Formats.Tar;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using InferenceMeter.Images;
using InferenceMeter.Tests.Images.Stores;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>The program with images of a bucket and of archives, as a process of its own.</summary>
public sealed class BucketTests : IAsyncLifetime
{
    private const int Killed = 9;
    private const int Images = 60;

    private readonly FakeS3 _s3 = new() { PageSize = 20 };
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    private string Output => Path.Combine(_folder.FullName, "answers.jsonl");

    private Dictionary<string, string> Environment =>
        new(StringComparer.Ordinal)
        {
            ["AWS_ENDPOINT_URL"] = _s3.Address.AbsoluteUri,
            ["AWS_ACCESS_KEY_ID"] = "test",
            ["AWS_SECRET_ACCESS_KEY"] = "test",
            ["AWS_REGION"] = "eu-central-1",
        };

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _s3.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("s3://photos/objects")]
    [InlineData("s3://photos/shards")]
    public async Task Killed_and_started_again_it_answers_every_image_exactly_once(string address)
    {
        var names = PutPhotos(address.EndsWith("shards"));
        await using (var first = Start("--once", "--images", address, "--output", Output))
        {
            await first.Until(() => Task.FromResult(File.Exists(Output) && new FileInfo(Output).Length > 0));
            first.Signal(Killed);
            await first.Exit();
        }

        var before = File.ReadAllLines(Output).Length;
        var (code, output) = await RunAsync("--once", "--images", address, "--output", Output, "--resume");

        Assert.InRange(before, 1, Images - 1);
        Assert.True(code == 0, output);
        Assert.Equal(names, Answered());
        Assert.Contains("had been answered before", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_credentials_expire_it_finishes_what_it_has_read_and_goes_on_with_new_ones()
    {
        var names = PutPhotos(asShards: false);
        var gets = 0;
        _s3.Fault = request =>
            !request.IsList && Interlocked.Increment(ref gets) > 30 ? S3Fault.Error(400, "ExpiredToken") : null;

        var (code, output) = await RunAsync("--once", "--images", "s3://photos/objects", "--output", Output);

        Assert.True(code == 1, output);
        Assert.Contains(
            "error: s3://photos/objects/ may not be read any more: 400 ExpiredToken: ",
            output,
            StringComparison.Ordinal
        );
        Assert.Contains("go on from there by resuming", output, StringComparison.Ordinal);
        Assert.Equal(30, Answered().Count);
        Assert.DoesNotContain("error", await File.ReadAllTextAsync(Output), StringComparison.Ordinal);

        _s3.Fault = _ => null;
        var (again, _) = await RunAsync("--once", "--images", "s3://photos/objects", "--output", Output, "--resume");

        Assert.Equal(0, again);
        Assert.Equal(names, Answered());
    }

    [Fact]
    public async Task Served_from_a_bucket_it_counts_what_it_reads_and_is_not_ready_while_the_bucket_is_lost()
    {
        PutPhotos(asShards: true);
        var address = $"http://127.0.0.1:{RunningMeter.FreePort()}";
        await using var meter = Start("--images", "s3://photos/shards", "--session", "null", "--urls", address);
        using var client = new HttpClient { BaseAddress = new Uri(address) };
        await meter.Until(() => IsReady(client, HttpStatusCode.OK));
        await meter.Until(async () => (await Fetched(client)).GetProperty("bytes").GetInt64() > 0);

        var fetched = await Fetched(client);
        Assert.Equal("s3", fetched.GetProperty("source").GetString());
        Assert.InRange(fetched.GetProperty("listRequests").GetInt64(), 1, long.MaxValue);
        Assert.InRange(fetched.GetProperty("getRequests").GetInt64(), 1, long.MaxValue);
        var metrics = await client.GetStringAsync("/metrics");
        Assert.Matches("\ninference_source_requests_total{.*operation=\"get\".*source=\"s3\".*} [1-9]", metrics);
        Assert.Matches("\ninference_source_bytes_total{.*source=\"s3\".*} [1-9]", metrics);
        Assert.Matches("\ninference_source_retries_total{.*source=\"s3\".*} 0", metrics);
        Assert.Contains("stage=\"fetch\"", metrics, StringComparison.Ordinal);

        _s3.Fault = _ => S3Fault.Error(403, "InvalidAccessKeyId");
        await meter.Until(() => IsReady(client, HttpStatusCode.ServiceUnavailable));
        var lost = await client.GetFromJsonAsync<JsonElement>("/api/v1/meter");
        Assert.Equal(0, lost.GetProperty("images").GetProperty("failed").GetInt64());
        Assert.Contains(
            lost.GetProperty("notes").EnumerateArray(),
            note => note.GetString()!.StartsWith("s3://photos/shards/ ", StringComparison.Ordinal)
        );

        _s3.Fault = _ => null;
        await meter.Until(() => IsReady(client, HttpStatusCode.OK));
    }

    [Fact]
    public async Task Classes_beside_the_images_of_a_tar_are_what_a_model_is_evaluated_by()
    {
        PutPhotos(asShards: true);
        var model = Path.Combine(_folder.FullName, "model.onnx");
        await RunAsync("model", "make", "resnet50", "--output", model);

        // What it finds becomes the label of readings, and must not become that of the machine's.
        var cache = Path.Combine(_folder.FullName, "cache");

        var (code, output) = await RunAsync(
            "model",
            "evaluate",
            model,
            "--images",
            "s3://photos/shards",
            "--cache",
            cache
        );

        Assert.True(code == 0, output);
        Assert.Contains($"{Images} classified, 0 failed", output, StringComparison.Ordinal);
        Assert.Matches($"top-5 .*, [0-9]+ of {Images}\n", output);

        var (refused, message) = await RunAsync(
            "model",
            "evaluate",
            model,
            "--images",
            "s3://photos/objects",
            "--cache",
            cache
        );
        Assert.Equal(2, refused);
        Assert.Contains("s3://photos/objects has no image", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_object_per_image_and_archives_stand_side_by_side_in_a_comparison()
    {
        PutPhotos(asShards: false);
        PutPhotos(asShards: true);
        foreach (var kind in new[] { "objects", "shards" })
        {
            var json = Path.Combine(_folder.FullName, $"{kind}.json");
            await using var bench = Start(
                "bench",
                "--images",
                $"s3://photos/{kind}",
                "--session",
                "null",
                "--json",
                json
            );
            await bench.Until(() => Task.FromResult(bench.Output.Contains("price ", StringComparison.Ordinal)));
            bench.Signal(2);
            await bench.Exit();
            Assert.Contains("fetched     s3: ", bench.Output, StringComparison.Ordinal);
        }

        var (_, output) = await RunAsync(
            "compare",
            Path.Combine(_folder.FullName, "objects.json"),
            Path.Combine(_folder.FullName, "shards.json"),
            "--format",
            "markdown"
        );

        Assert.Contains(
            "| source | fetch $/billion | requests/billion | TB/billion |",
            output,
            StringComparison.Ordinal
        );
        Assert.Equal(2, output.Split('\n').Count(line => line.Contains(" | s3 | ", StringComparison.Ordinal)));
    }

    private static async Task<JsonElement> Fetched(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonElement>("/api/v1/meter")).GetProperty("fetch")[0];

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

    /// <summary>Puts photographs into the bucket, one by one or in three tar files with their classes.</summary>
    /// <returns>Their names, in order.</returns>
    private List<string> PutPhotos(bool asShards)
    {
        var names = new List<string>();
        for (var shard = 0; shard < 3; shard++)
        {
            using var bytes = new MemoryStream();
            using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
            {
                for (var i = 0; i < Images / 3; i++)
                {
                    var number = (shard * Images / 3) + i;
                    var photo = SyntheticPhotoGenerator.Make(number % 8);
                    if (!asShards)
                    {
                        _s3.Put($"objects/{number:00}.jpg", photo);
                        names.Add($"s3://photos/objects/{number:00}.jpg");
                        continue;
                    }

                    Write(
                        tar,
                        $"{number:00}.cls",
                        Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture))
                    );
                    Write(tar, $"{number:00}.jpg", photo);
                    names.Add($"s3://photos/shards/{shard}.tar/{number:00}.jpg");
                }
            }

            if (asShards)
                _s3.Put($"shards/{shard}.tar", bytes.ToArray());
        }

        return names;
    }

    private static void Write(TarWriter tar, string name, byte[] content) =>
        tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });

    private List<string> Answered() =>
        [
            .. File.ReadAllLines(Output)
                .Select(line => JsonElement.Parse(line).GetProperty("path").GetString()!)
                .Order(StringComparer.Ordinal),
        ];

    private RunningMeter Start(params string[] arguments) => new(arguments, _folder.FullName, Environment);

    private Task<(int Code, string Output)> RunAsync(params string[] arguments) =>
        Tool.RunAsync(RunningMeter.Executable, arguments, environment: Environment, folder: _folder.FullName);
}
