using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using InferenceMeter.ServiceTests.OpenInference.Triton;
using Own = InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>Triton's extension <c>statistics</c>: perf_analyzer takes the parts of a latency from it.</summary>
public sealed class ModelStatisticsTests : IAsyncLifetime
{
    private readonly TritonClientFixture _triton = new();

    public Task InitializeAsync() => _triton.InitializeAsync();

    public Task DisposeAsync() => _triton.DisposeAsync();

    [Fact]
    public async Task Requests_images_and_batches_are_counted_as_Triton_defines_them()
    {
        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await _triton.Own.ModelInferAsync(Pixels(1));
        await _triton.Own.ModelInferAsync(Pixels(3));
        await Assert.ThrowsAsync<RpcException>(async () =>
            await _triton.Own.ModelInferAsync(new Own.ModelInferRequest { ModelName = "null" })
        );
        var after = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

        var told = await Of("null");

        Assert.Equal(("null", "1", 4ul), (told.Name, told.Version, told.InferenceCount));
        Assert.InRange((long)told.LastInference, before - 1, after + 1);
        var stats = told.InferenceStats;
        Assert.Equal((2ul, 1ul), (stats.Success.Count, stats.Fail.Count));
        Assert.All(
            [stats.Queue, stats.ComputeInput, stats.ComputeInfer, stats.ComputeOutput],
            part => Assert.Equal(2ul, part.Count)
        );
        Assert.True(stats.ComputeInput.Ns > 0);
        var parts = stats.Queue.Ns + stats.ComputeInput.Ns + stats.ComputeInfer.Ns + stats.ComputeOutput.Ns;
        Assert.True(parts <= stats.Success.Ns, $"parts of {parts} ns, requests of {stats.Success.Ns} ns");
        Assert.Equal((0ul, 0ul), (stats.CacheHit.Count, stats.CacheMiss.Count));
        Assert.Equal(told.ExecutionCount, (ulong)told.BatchStats.Sum(batch => (long)batch.ComputeInfer.Count));
        Assert.Equal(4, told.BatchStats.Sum(batch => (long)(batch.BatchSize * batch.ComputeInfer.Count)));
        Assert.Equal(_triton.Host.Meter.Counters.Snapshot().Devices[0].Batches, (long)told.ExecutionCount);
    }

    [Fact]
    public async Task A_batch_that_requests_share_is_one_execution_of_its_size()
    {
        _triton.Host.Pipeline.Pause();
        // While one waits for the engine, the others gather behind it.
        var first = _triton.Own.ModelInferAsync(Pixels(1)).ResponseAsync;
        await Eventually.IsTrue(() => _triton.Host.Meter.Requests.Held == 1);
        await Eventually.IsTrue(() =>
            _triton.Host.Meter.Counters.Snapshot().BusySeconds(Metering.Stage.Batch) > 0
            && _triton.Host.Pipeline.QueueDepth(Metering.Stage.Infer) == 0
        );
        var rest = Enumerable.Range(0, 4).Select(_ => _triton.Own.ModelInferAsync(Pixels(1)).ResponseAsync).ToArray();
        await Eventually.IsTrue(() => _triton.Host.Pipeline.QueueDepth(Metering.Stage.Infer) == 1);
        _triton.Host.Pipeline.Resume();
        await Task.WhenAll([first, .. rest]).WaitAsync(Eventually.Deadline);

        var told = await Of("null");

        Assert.Equal((5ul, 2ul), (told.InferenceCount, told.ExecutionCount));
        Assert.Equal(
            [(1ul, 1ul), (4ul, 1ul)],
            told.BatchStats.Select(batch => (batch.BatchSize, batch.ComputeInfer.Count))
        );
        Assert.All(
            told.BatchStats,
            batch => Assert.Equal((1ul, 1ul), (batch.ComputeInput.Count, batch.ComputeOutput.Count))
        );
        // The later four waited for the first.
        Assert.True(told.InferenceStats.Queue.Ns > 0);
    }

    [Fact]
    public async Task Each_model_counts_its_own_and_no_name_means_all()
    {
        await _triton.Own.ModelInferAsync(Pixels(2));

        var all = await _triton.Client.ModelStatisticsAsync(new ModelStatisticsRequest());

        Assert.Equal(
            [("null", 2ul), ("null-encoded", 0ul)],
            all.ModelStats.Select(model => (model.Name, model.InferenceCount)).Take(2)
        );
        Assert.Equal(0ul, all.ModelStats[1].LastInference);
        Assert.Empty(all.ModelStats[1].BatchStats);
    }

    [Theory]
    [InlineData("/v2/models/stats")]
    [InlineData("/v2/models/null/stats")]
    [InlineData("/v2/models/null/versions/1/stats")]
    public async Task Over_REST_the_counts_are_numbers_in_Tritons_JSON(string path)
    {
        await _triton.Own.ModelInferAsync(Pixels(2));

        var model = JsonElement.Parse(await _triton.Host.Client.GetStringAsync(path)).GetProperty("model_stats")[0];

        Assert.Equal(
            [
                "name",
                "version",
                "last_inference",
                "inference_count",
                "execution_count",
                "inference_stats",
                "batch_stats",
            ],
            model.EnumerateObject().Select(member => member.Name)
        );
        Assert.Equal(2, model.GetProperty("inference_count").GetInt64());
        Assert.Equal(
            ["success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit", "cache_miss"],
            model.GetProperty("inference_stats").EnumerateObject().Select(member => member.Name)
        );
        var success = model.GetProperty("inference_stats").GetProperty("success");
        Assert.Equal(1, success.GetProperty("count").GetInt64());
        Assert.True(success.GetProperty("ns").GetInt64() > 0);
        // One batch of two, or two of one: an image does not wait for the other while the engine is idle.
        Assert.Equal(
            2,
            model
                .GetProperty("batch_stats")
                .EnumerateArray()
                .Sum(batch =>
                    batch.GetProperty("batch_size").GetInt64()
                    * batch.GetProperty("compute_infer").GetProperty("count").GetInt64()
                )
        );
    }

    [Fact]
    public async Task What_is_not_there_is_told_and_the_extension_is_listed()
    {
        using var answer = await _triton.Host.Client.GetAsync("/v2/models/other/stats");
        var failed = await Assert.ThrowsAsync<RpcException>(async () => await Of("other"));

        Assert.Equal((HttpStatusCode.NotFound, StatusCode.NotFound), (answer.StatusCode, failed.StatusCode));
        Assert.Contains(
            "statistics",
            (await _triton.Client.ServerMetadataAsync(new ServerMetadataRequest())).Extensions
        );
    }

    private async Task<ModelStatistics> Of(string name) =>
        Assert.Single(
            (await _triton.Client.ModelStatisticsAsync(new ModelStatisticsRequest { Name = name })).ModelStats
        );

    private static Own.ModelInferRequest Pixels(int images) =>
        new()
        {
            ModelName = "null",
            Inputs =
            {
                new Own.ModelInferRequest.Types.InferInputTensor
                {
                    Name = "pixels",
                    Datatype = "UINT8",
                    Shape = { images, 224, 224, 3 },
                },
            },
            RawInputContents = { ByteString.CopyFrom(new byte[images * RestClient.Pixels]) },
        };
}
