using System.Globalization;
using System.Net;
using System.Text.Json;
using InferenceMeter.ServiceTests.OpenInference.Triton;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>What Triton's own clients ask for, in their order, with the checks that they make on the way.</summary>
public sealed class ClientSequenceTests(TritonClientFixture triton) : IClassFixture<TritonClientFixture>
{
    private const int TypeFp32 = 11;
    private const int FormatNhwc = 1;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Perf_analyzer_finds_the_model_and_takes_the_servers_times_from_two_statistics(int batch)
    {
        Assert.Contains(
            "statistics",
            (await Get("/v2")).GetProperty("extensions").EnumerateArray().Select(extension => extension.GetString())
        );
        var metadata = await Get("/v2/models/null");
        var config = await Get("/v2/models/null/config");
        Assert.InRange(batch, 1, config.GetProperty("max_batch_size").GetInt32());
        Assert.True(config.TryGetProperty("dynamic_batching", out _));
        Assert.False(config.GetProperty("model_transaction_policy").GetProperty("decoupled").GetBoolean());
        var version = metadata.GetProperty("versions")[0].GetString();
        var before = await Statistics(version);

        const int requests = 3;
        for (var i = 0; i < requests; i++)
        {
            using var answer = await RestClient.Post(
                triton.Host,
                "null",
                RestClient.Header(batch, ""","outputs":[{"name":"scores","parameters":{"binary_data":true}}]"""),
                new byte[batch * RestClient.Pixels]
            );
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var after = await Statistics(version);
        Assert.Equal(requests * batch, Count(after) - Count(before));
        var executions =
            after.GetProperty("execution_count").GetInt64() - before.GetProperty("execution_count").GetInt64();
        Assert.InRange(executions, 1, requests * batch);
        foreach (var part in new[] { "success", "queue", "compute_input", "compute_infer", "compute_output" })
        {
            Assert.Equal(requests, Part(after, part, "count") - Part(before, part, "count"));
            Assert.True(Part(after, part, "ns") >= Part(before, part, "ns"));
        }

        Assert.Equal((0, 0), (Part(after, "cache_hit", "count"), Part(after, "cache_miss", "count")));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 10)]
    public async Task The_image_client_over_gRPC_reads_metadata_and_config_and_asks_for_classes(int batch, int classes)
    {
        const string model = "null-scores";
        var metadata = await triton.Client.ModelMetadataAsync(new ModelMetadataRequest { Name = model });
        var config = (await triton.Client.ModelConfigAsync(new ModelConfigRequest { Name = model })).Config;
        var (input, output) = (Assert.Single(metadata.Inputs), Assert.Single(metadata.Outputs));
        var described = Assert.Single(config.Input);
        Assert.Equal(("FP32", TypeFp32), (output.Datatype, Assert.Single(config.Output).DataType));
        // A vector of classes: behind the batch at most one size is not 1.
        Assert.InRange(output.Shape.Skip(1).Count(size => size != 1), 0, 1);
        Assert.True(config.MaxBatchSize >= batch);
        Assert.Equal((4, FormatNhwc), (input.Shape.Count, described.Format));
        Assert.Equal([224L, 224L, 3L], input.Shape.Skip(1));

        var request = TritonRequests.Pixels(model, batch, "1");
        request.Inputs[0].Name = input.Name;
        request.Inputs[0].Datatype = input.Datatype;
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = output.Name });
        request.Outputs[0].Parameters.Add("classification", new InferParameter { Int64Param = classes });
        var answer = await triton.Client.ModelInferAsync(request);

        Assert.Equal(("1", "BYTES"), (answer.Id, answer.Outputs[0].Datatype));
        Assert.Equal([batch, (long)classes], answer.Outputs[0].Shape);
    }

    [Fact]
    public async Task The_image_client_over_REST_gets_its_classes_in_binary()
    {
        var config = await Get("/v2/models/null-scores/config");
        Assert.Equal("FORMAT_NHWC", config.GetProperty("input")[0].GetProperty("format").GetString());

        using var answer = await RestClient.Post(
            triton.Host,
            "null-scores",
            RestClient.Header(
                1,
                ""","outputs":[{"name":"scores","parameters":{"classification":3,"binary_data":true}}]"""
            ),
            new byte[RestClient.Pixels]
        );

        var body = await answer.Content.ReadAsByteArrayAsync();
        var header = int.Parse(
            answer.Headers.GetValues("Inference-Header-Content-Length").Single(),
            CultureInfo.InvariantCulture
        );
        var output = JsonElement.Parse(System.Text.Encoding.UTF8.GetString(body, 0, header)).GetProperty("outputs")[0];
        Assert.Equal(("BYTES", "[1,3]"), (output.GetProperty("datatype").GetString(), Raw(output, "shape")));
        Assert.Equal(body.Length - header, output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
    }

    private static string Raw(JsonElement owner, string name) => owner.GetProperty(name).GetRawText();

    private static long Count(JsonElement statistics) => statistics.GetProperty("inference_count").GetInt64();

    private static long Part(JsonElement statistics, string part, string value) =>
        statistics.GetProperty("inference_stats").GetProperty(part).GetProperty(value).GetInt64();

    private async Task<JsonElement> Statistics(string? version) =>
        (await Get($"/v2/models/null/versions/{version}/stats")).GetProperty("model_stats")[0];

    private async Task<JsonElement> Get(string path) =>
        JsonElement.Parse(await triton.Host.Client.GetStringAsync(path));
}
