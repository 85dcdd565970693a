using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>The program answering images over the network, with the built-in model.</summary>
public sealed class ServingTests : IDisposable
{
    private const int Kill = 9;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly int _port = RunningMeter.FreePort();

    private string Url => $"http://127.0.0.1:{_port}";

    [ToolFact("python3")]
    public async Task A_client_of_the_protocol_written_by_hand_agrees_with_classify_and_with_gRPC()
    {
        var grpcPort = RunningMeter.FreePort();
        await using var meter = await Start("--grpc-urls", $"http://127.0.0.1:{grpcPort}");
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        var image = Path.Combine(_folder.FullName, "photo.jpg");
        await File.WriteAllBytesAsync(image, Photos.Jpeg());

        using var posted = await client.PostAsync("/api/v1/classify", new ByteArrayContent(Photos.Jpeg()));
        var expected = JsonElement
            .Parse(await posted.Content.ReadAsStringAsync())
            .GetProperty("images")[0]
            .GetProperty("classes")[0]
            .GetProperty("index")
            .GetInt64();
        var (code, output) = await Tool.RunAsync(
            "python3",
            [
                Path.Combine(Tests.Repository.Root, "tests", "InferenceMeter.ServiceTests", "Protocol", "v2_client.py"),
                "127.0.0.1",
                $"{_port}",
                "resnet50",
                image,
            ]
        );
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpcPort}");
        var grpc = new GRPCInferenceService.GRPCInferenceServiceClient(channel);
        var request = new ModelInferRequest
        {
            ModelName = "resnet50-encoded",
            Inputs =
            {
                new ModelInferRequest.Types.InferInputTensor
                {
                    Name = "image",
                    Datatype = "BYTES",
                    Shape = { 1 },
                    Contents = new InferTensorContents { BytesContents = { ByteString.CopyFrom(Photos.Jpeg()) } },
                },
            },
        };
        var answer = await grpc.ModelInferAsync(request);

        Assert.True(code == 0, output);
        var best = output.Trim().Split('\n').Select(line => long.Parse(line, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal([expected, expected], best[..2]);
        Assert.Equal([best[2], best[2]], best[3..]);
        Assert.Equal(expected, BitConverter.ToInt64(answer.RawOutputContents[1].Span));
        var numbers = new ModelInferRequest { ModelName = "resnet50-tensor" };
        numbers.Inputs.Add(
            new ModelInferRequest.Types.InferInputTensor
            {
                Name = (await grpc.ModelMetadataAsync(new ModelMetadataRequest { Name = numbers.ModelName }))
                    .Inputs[0]
                    .Name,
                Datatype = "FP32",
                Shape = { 1, 3, 224, 224 },
            }
        );
        numbers.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { new float[3 * 224 * 224] } };
        Assert.Equal([1L, 5L], (await grpc.ModelInferAsync(numbers)).Outputs[0].Shape);
        numbers.Inputs[0].Contents.Fp32Contents[224 * 224 + 6] = 9;
        Assert.Contains(
            "value 50183 of image 1 is 9, accepted: what a pixel from 0 to 255 becomes in that channel, "
                + "-2.0357 to 2.4286",
            (await Assert.ThrowsAsync<RpcException>(async () => await grpc.ModelInferAsync(numbers))).Status.Detail,
            StringComparison.Ordinal
        );
        // All classes are a distribution, of which the best five are the first.
        var (five, all) = (
            await grpc.ModelInferAsync(Noise("resnet50")),
            await grpc.ModelInferAsync(Noise("resnet50-scores"))
        );
        var scores = MemoryMarshal.Cast<byte, float>(all.RawOutputContents[0].Span).ToArray();
        Assert.Equal([1L, 1000L], Assert.Single(all.Outputs).Shape);
        Assert.Equal(1, scores.Sum(), 1e-4);
        Assert.Equal(
            MemoryMarshal.Cast<byte, float>(five.RawOutputContents[0].Span).ToArray(),
            scores.OrderDescending().Take(5),
            (one, other) => Math.Abs(one - other) < 1e-5
        );
        Assert.Equal(
            MemoryMarshal.Cast<byte, long>(five.RawOutputContents[1].Span)[0],
            Array.IndexOf(scores, scores.Max())
        );
        // A deadline that is too short for the model.
        Assert.Equal(
            StatusCode.DeadlineExceeded,
            (
                await Assert.ThrowsAsync<RpcException>(async () =>
                    await grpc.ModelInferAsync(
                        request,
                        deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(1)
                    )
                )
            ).StatusCode
        );
    }

    private static ModelInferRequest Noise(string model)
    {
        var pixels = new byte[224 * 224 * 3];
        new Random(1).NextBytes(pixels);
        return new ModelInferRequest
        {
            ModelName = model,
            Inputs =
            {
                new ModelInferRequest.Types.InferInputTensor
                {
                    Name = "pixels",
                    Datatype = "UINT8",
                    Shape = { 1, 224, 224, 3 },
                },
            },
            RawInputContents = { ByteString.CopyFrom(pixels) },
        };
    }

    [Fact]
    public async Task A_collector_gets_the_trace_that_the_client_began_and_the_metrics()
    {
        var collectorPort = RunningMeter.FreePort();
        using var collector = new HttpListener { Prefixes = { $"http://127.0.0.1:{collectorPort}/" } };
        collector.Start();
        var received = new System.Collections.Concurrent.ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        _ = Task.Run(async () =>
        {
            while (collector.IsListening)
            {
                var context = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                // Protocol buffers: texts are in it as they are, identifiers as bytes.
                var text = System.Text.Encoding.Latin1.GetString(body.ToArray());
                received.AddOrUpdate(context.Request.Url!.AbsolutePath, text, (_, before) => before + text);
                context.Response.Close();
            }
        });
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
        };
        await using var meter = await Start(
            environment,
            "--session",
            "null",
            "--otlp",
            $"http://127.0.0.1:{collectorPort}"
        );
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/classify")
        {
            Content = new ByteArrayContent(Photos.Jpeg()),
        };
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        (await client.SendAsync(request)).EnsureSuccessStatusCode();
        await client.GetAsync("/metrics");
        // The request's own span ends last, and may come with a later export than the image's.
        var names = new[] { "POST /api/v1/classify", "classify image", "decode", "infer", "inference.batch_images" };
        await meter.Until(() =>
            Task.FromResult(
                received.ContainsKey("/v1/metrics")
                    && names.All(name => Traces().Contains(name, StringComparison.Ordinal))
            )
        );

        var traces = Traces();
        var id = System.Text.Encoding.Latin1.GetString(Convert.FromHexString("0af7651916cd43dd8448eb211c80319c"));
        // The request, the image and its stages.
        Assert.True(traces.Split(id).Length - 1 >= 4, $"{traces.Split(id).Length - 1} spans");
        Assert.DoesNotContain("/metrics", traces, StringComparison.Ordinal);
        Assert.Contains("inference_images", received["/v1/metrics"].Replace('.', '_'), StringComparison.Ordinal);

        string Traces() => received.GetValueOrDefault("/v1/traces", "");
    }

    [ToolFact("wrk")]
    public async Task Wrk_drives_it_without_an_error()
    {
        await using var meter = await Start("--session", "null");
        var script = Path.Combine(_folder.FullName, "post.lua");
        var image = Path.Combine(_folder.FullName, "photo.jpg");
        await File.WriteAllBytesAsync(image, Photos.Jpeg());
        await File.WriteAllTextAsync(
            script,
            $"local f = io.open('{image}', 'rb')\nwrk.method = 'POST'\nwrk.body = f:read('*all')\n"
        );

        var (code, output) = await Tool.RunAsync("wrk", ["-t1", "-c8", "-d1s", "-s", script, $"{Url}/api/v1/classify"]);

        Assert.True(code == 0, output);
        Assert.DoesNotContain("Non-2xx", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Socket errors", output, StringComparison.Ordinal);
        Assert.Matches("[1-9][0-9]+ requests in", output);
    }

    [Fact]
    public async Task Overloaded_it_turns_away_at_once_keeps_its_bound_and_is_well_after()
    {
        await using var meter = await Start("--max-in-flight", "8");
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        var result = Path.Combine(_folder.FullName, "load.json");

        // Some times more than two cores can do, or sixteen.
        await Tool.RunAsync(
            RunningMeter.Executable,
            [
                "load",
                Url,
                "--rate",
                "1000",
                "--seconds",
                "2",
                "--warm-up",
                "1",
                "--bound",
                "30s",
                "--synthetic-photos",
                "2",
                "--json",
                result,
            ]
        );

        var run = JsonElement.Parse(await File.ReadAllTextAsync(result));
        Assert.True(
            run.GetProperty("ok").GetInt64() > 0
                && run.GetProperty("rejected").GetInt64() > run.GetProperty("ok").GetInt64(),
            run.GetRawText()
        );
        Assert.Equal(0, run.GetProperty("errors").GetInt64());
        // Eight images in flight take eight over the rate on average, however fast the machine is; the median at most
        // twice that. A queue of thousands would take a hundred times as long.
        var eight = 8 / run.GetProperty("imagesPerSecond").GetDouble();
        Assert.InRange(run.GetProperty("latencySeconds").GetProperty("p50").GetDouble(), 0, 3 * eight);
        var start = TimeProvider.System.GetTimestamp();
        using var after = await client.PostAsync("/api/v1/classify", new ByteArrayContent(Photos.Jpeg()));
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 5 + (3 * eight));
        var images = (await MeterApiTests.Json(client, "/api/v1/meter")).GetProperty("images");
        Assert.Equal(
            images.GetProperty("handedOut").GetInt64(),
            images.GetProperty("ok").GetInt64()
                + images.GetProperty("failed").GetInt64()
                + images.GetProperty("rejected").GetInt64()
        );
    }

    [Fact]
    public async Task Killed_under_load_its_clients_see_errors_and_never_a_wrong_answer()
    {
        var answers = new System.Collections.Concurrent.ConcurrentBag<(string? Class, bool Failed)>();
        using var stop = new CancellationTokenSource();
        Task[] clients;
        using var client = new HttpClient { BaseAddress = new Uri(Url), Timeout = TimeSpan.FromSeconds(30) };
        await using (var meter = await Start("--history", Path.Combine(_folder.FullName, "meter.db")))
        {
            clients = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(AskAsync))];
            await meter.Until(() => Task.FromResult(answers.Count > 12));
            meter.Signal(Kill);
            await meter.Exit();
        }

        await using var again = await Start("--history", Path.Combine(_folder.FullName, "meter.db"));
        var before = answers.Count(answer => !answer.Failed);
        await again.Until(() => Task.FromResult(answers.Count(answer => !answer.Failed) > before + 8));
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        Assert.Contains(answers, answer => answer.Failed);
        Assert.Single(
            answers.Where(answer => !answer.Failed).Select(answer => answer.Class).Distinct(StringComparer.Ordinal)
        );
        var images = (await MeterApiTests.Json(client, "/api/v1/meter")).GetProperty("images");
        Assert.Equal(images.GetProperty("handedOut").GetInt64(), images.GetProperty("ok").GetInt64());

        async Task AskAsync()
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var answer = await client.PostAsync("/api/v1/classify", new ByteArrayContent(Photos.Jpeg()));
                    var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
                    answers.Add(
                        answer.IsSuccessStatusCode
                            ? (body.GetProperty("images")[0].GetProperty("classes").GetRawText(), false)
                            : (null, true)
                    );
                }
                catch (Exception broken)
                    when (broken is HttpRequestException or IOException or TaskCanceledException or JsonException)
                {
                    answers.Add((null, true));
                    await Eventually.IsTrue(async () =>
                        stop.IsCancellationRequested || await ServeTests.Answers(client, "/healthz/ready")
                    );
                }
            }
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private Task<RunningMeter> Start(params string[] more) => Start(null, more);

    private async Task<RunningMeter> Start(Dictionary<string, string>? environment, params string[] more)
    {
        var meter = new RunningMeter(
            ["--urls", Url, "--background", "off", "--synthetic-photos", "2", .. more],
            environment: environment
        );
        using var client = new HttpClient { BaseAddress = new Uri(Url) };
        await meter.Until(() => ServeTests.Answers(client, "/healthz/ready"));
        return meter;
    }
}
