using System.Net;
using System.Text.Json;
using Grpc.Core;
using InferenceMeter.ServiceTests.OpenInference.Triton;
using Own = InferenceMeter.Web.OpenInference.Grpc;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>Triton's extension <c>model_configuration</c>, which clients ask for before they send an image.</summary>
public sealed class ModelConfigurationTests(TritonClientFixture triton) : IClassFixture<TritonClientFixture>
{
    private const int TypeUint8 = 2;
    private const int TypeInt64 = 9;
    private const int TypeFp32 = 11;
    private const int TypeString = 13;
    private const int FormatNhwc = 1;
    private const int KindCpu = 2;

    [Fact]
    public async Task Clients_compiled_with_Tritons_numbers_read_every_field()
    {
        var answer = await triton.Client.ModelConfigAsync(new ModelConfigRequest { Name = "null", Version = "1" });

        var config = answer.Config;
        Assert.Equal(
            ("null", "onnxruntime_onnx", "onnxruntime", TritonClientFixture.MaxInFlight),
            (config.Name, config.Platform, config.Backend, config.MaxBatchSize)
        );
        var input = Assert.Single(config.Input);
        Assert.Equal(("pixels", TypeUint8, FormatNhwc), (input.Name, input.DataType, input.Format));
        Assert.Equal([224L, 224L, 3L], input.Dims);
        Assert.Equal(
            [("scores", TypeFp32), ("indices", TypeInt64), ("labels", TypeString)],
            config.Output.Select(output => (output.Name, output.DataType))
        );
        Assert.All(config.Output, output => Assert.Equal([5L], output.Dims));
        Assert.Equal(
            triton.Host.Meter.Engine.Configuration.BatchSize,
            Assert.Single(config.DynamicBatching.PreferredBatchSize)
        );
        var instances = Assert.Single(config.InstanceGroup);
        Assert.Equal(("null_0", KindCpu, 1), (instances.Name, instances.Kind, instances.Count));
        Assert.Empty(instances.Gpus);
        Assert.Equal(1u, config.VersionPolicy.Latest.NumVersions);
        Assert.False(config.ModelTransactionPolicy.Decoupled);
    }

    [Theory]
    [InlineData("/v2/models/null/config")]
    [InlineData("/v2/models/null/versions/1/config")]
    public async Task Over_REST_it_is_Tritons_JSON(string path)
    {
        const string config = """
            {"name":"null","platform":"onnxruntime_onnx","backend":"onnxruntime",
            "version_policy":{"latest":{"num_versions":1}},"max_batch_size":8,
            "input":[{"name":"pixels","data_type":"TYPE_UINT8","format":"FORMAT_NHWC","dims":[224,224,3]}],
            "output":[{"name":"scores","data_type":"TYPE_FP32","dims":[5],"label_filename":"labels.txt"},
            {"name":"indices","data_type":"TYPE_INT64","dims":[5],"label_filename":""},
            {"name":"labels","data_type":"TYPE_STRING","dims":[5],"label_filename":""}],
            "dynamic_batching":{"preferred_batch_size":[4],"max_queue_delay_microseconds":0},
            "instance_group":[{"name":"null_0","kind":"KIND_CPU","count":1,"gpus":[]}],
            "model_transaction_policy":{"decoupled":false}}
            """;

        Assert.Equal(config.ReplaceLineEndings(""), await triton.Host.Client.GetStringAsync(path));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("null-encoded")]
    public async Task It_agrees_with_the_metadata(string model)
    {
        var config = (await triton.Own.ModelConfigAsync(new Own.ModelConfigRequest { Name = model })).Config;
        var metadata = await triton.Own.ModelMetadataAsync(new Own.ModelMetadataRequest { Name = model });

        Assert.Equal(
            metadata.Inputs.Concat(metadata.Outputs).Select(tensor => (tensor.Name, Rest(tensor.Shape))),
            config
                .Input.Select(input => (input.Name, Text(input.Dims)))
                .Concat(config.Output.Select(output => (output.Name, Text(output.Dims))))
        );
        Assert.All(metadata.Inputs.Concat(metadata.Outputs), tensor => Assert.Equal(-1, tensor.Shape[0]));

        static string Rest(IEnumerable<long> shape) => Text(shape.Skip(1));
        static string Text(IEnumerable<long> dims) => string.Join(',', dims);
    }

    [Fact]
    public async Task It_can_be_asked_before_the_meter_runs()
    {
        await using var host = new Api.MeterHost();

        using var answer = await host.Client.GetAsync("/v2/models/null/config");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("other", "", "there is no model 'other', accepted: null")]
    [InlineData("null", "2", "there is no version '2' of null, accepted: 1")]
    public async Task What_is_not_there_is_told(string model, string version, string said)
    {
        var failed = await Assert.ThrowsAsync<RpcException>(async () =>
            await triton.Client.ModelConfigAsync(new ModelConfigRequest { Name = model, Version = version })
        );
        var path = version.Length > 0 ? $"/v2/models/{model}/versions/{version}" : $"/v2/models/{model}";
        using var answer = await triton.Host.Client.GetAsync(path + "/config");

        Assert.Equal(StatusCode.NotFound, failed.StatusCode);
        Assert.StartsWith(said, failed.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.StartsWith(
            said,
            JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString()
        );
    }

    [Fact]
    public async Task The_server_lists_the_extension_over_both_transports()
    {
        var grpc = await triton.Client.ServerMetadataAsync(new ServerMetadataRequest());
        var rest = JsonElement.Parse(await triton.Host.Client.GetStringAsync("/v2"));

        Assert.Contains("model_configuration", grpc.Extensions);
        Assert.Equal(
            grpc.Extensions,
            rest.GetProperty("extensions").EnumerateArray().Select(extension => extension.GetString())
        );
    }
}
