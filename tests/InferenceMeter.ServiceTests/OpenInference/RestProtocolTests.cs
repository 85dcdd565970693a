using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>The Open Inference Protocol over REST.</summary>
public sealed class RestProtocolTests
{
    private static readonly MeterSettings Off = new() { Requests = new RequestSettings { Background = "off" } };

    [Fact]
    public async Task Server_and_models_describe_themselves()
    {
        await using var host = await new MeterHost(Off).Start();

        Assert.Equal(
            ("inferencemeter", "binary_tensor_data"),
            (
                (await Get(host, "/v2")).GetProperty("name").GetString(),
                (await Get(host, "/v2")).GetProperty("extensions")[0].GetString()
            )
        );
        Assert.True((await Get(host, "/v2/health/live")).GetProperty("live").GetBoolean());
        Assert.True((await Get(host, "/v2/health/ready")).GetProperty("ready").GetBoolean());
        Assert.True((await Get(host, "/v2/models/null/versions/1/ready")).GetProperty("ready").GetBoolean());
        var (pixels, encoded) = (
            await Get(host, "/v2/models/null"),
            await Get(host, "/v2/models/null-encoded/versions/1")
        );
        Assert.Equal(
            """[{"name":"pixels","datatype":"UINT8","shape":[-1,224,224,3]}]""",
            pixels.GetProperty("inputs").GetRawText()
        );
        Assert.Equal(
            """[{"name":"image","datatype":"BYTES","shape":[-1]}]""",
            encoded.GetProperty("inputs").GetRawText()
        );
        Assert.Equal(
            """[{"name":"scores","datatype":"FP32","shape":[-1,5]},"""
                + """{"name":"indices","datatype":"INT64","shape":[-1,5]},"""
                + """{"name":"labels","datatype":"BYTES","shape":[-1,5]}]""",
            pixels.GetProperty("outputs").GetRawText()
        );
        Assert.Equal(
            ("onnxruntime_onnx", "1"),
            (pixels.GetProperty("platform").GetString(), pixels.GetProperty("versions")[0].GetString())
        );
    }

    [Fact]
    public async Task Before_it_runs_it_is_not_ready()
    {
        await using var host = new MeterHost(Off);

        foreach (var path in new[] { "/v2/health/ready", "/v2/models/null/ready" })
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Client.GetAsync(path)).StatusCode);
    }

    [Theory]
    [InlineData("/v2/models/other", "there is no model 'other', accepted: null, null-encoded, null-scores")]
    [InlineData("/v2/models/null/versions/2", "there is no version '2' of null, accepted: 1")]
    public async Task What_is_not_there_is_404_with_the_protocols_error(string path, string said)
    {
        await using var host = await new MeterHost(Off).Start();

        using var answer = await host.Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(
            said,
            JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString()
        );
    }

    [Fact]
    public async Task Tensors_and_answers_travel_in_binary()
    {
        await using var host = await new MeterHost(Off).Start();
        var header = JsonSerializer.Serialize(
            new
            {
                id = "42",
                inputs = new[]
                {
                    new
                    {
                        name = "pixels",
                        shape = new[] { 2, 224, 224, 3 },
                        datatype = "UINT8",
                        parameters = new { binary_data_size = 2 * RestClient.Pixels },
                    },
                },
                outputs = new object[]
                {
                    new { name = "indices", parameters = new { binary_data = true } },
                    new { name = "scores", parameters = new { binary_data = true } },
                    new { name = "labels" },
                },
            }
        );

        using var answer = await RestClient.Post(host, "null", header, new byte[2 * RestClient.Pixels]);

        Assert.Equal(
            (HttpStatusCode.OK, "application/octet-stream"),
            (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType)
        );
        var body = await answer.Content.ReadAsByteArrayAsync();
        var length = int.Parse(
            Assert.Single(answer.Headers.GetValues("Inference-Header-Content-Length")),
            CultureInfo.InvariantCulture
        );
        var json = JsonElement.Parse(Encoding.UTF8.GetString(body, 0, length));
        Assert.Equal(
            ("null", "1", "42"),
            (
                json.GetProperty("model_name").GetString(),
                json.GetProperty("model_version").GetString(),
                json.GetProperty("id").GetString()
            )
        );
        var outputs = json.GetProperty("outputs").EnumerateArray().ToArray();
        Assert.Equal(
            [80, 40],
            outputs[..2].Select(output => output.GetProperty("parameters").GetProperty("binary_data_size").GetInt32())
        );
        Assert.Equal("[2,5]", outputs[0].GetProperty("shape").GetRawText());
        Assert.Equal(length + 120, body.Length);
        var (indices, scores) = (
            MemoryMarshal.Cast<byte, long>(body.AsSpan(length, 80)).ToArray(),
            MemoryMarshal.Cast<byte, float>(body.AsSpan(length + 80)).ToArray()
        );
        Assert.InRange(indices[0], 0, 3);
        Assert.Equal((1f, 1f), (scores[0], scores[5]));
        Assert.Equal(10, outputs[2].GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Images_come_as_bytes_in_binary_or_in_base64()
    {
        await using var host = await new MeterHost(Off).Start();
        var jpeg = Photos.Jpeg();
        var element = new byte[4 + jpeg.Length];
        BinaryPrimitives.WriteInt32LittleEndian(element, jpeg.Length);
        jpeg.CopyTo(element, 4);

        using var binary = await RestClient.Post(
            host,
            "null-encoded",
            $$$"""
            {"inputs":[{"name":"image","shape":[1],"datatype":"BYTES",
            "parameters":{"binary_data_size":{{{element.Length}}}}}]}
            """,
            element
        );
        var encoded = Convert.ToBase64String(jpeg);
        using var text = await RestClient.Post(
            host,
            "null-encoded/versions/1",
            $$"""
            {"inputs":[{"name":"image","shape":[2,1],"datatype":"BYTES","data":["{{encoded}}","{{encoded}}"]}]}
            """
        );

        foreach (var (answer, count) in new[] { (binary, 1), (text, 2) })
        {
            var outputs = JsonElement
                .Parse(await answer.Content.ReadAsStringAsync())
                .GetProperty("outputs")
                .EnumerateArray()
                .ToArray();
            Assert.Equal(
                ["scores", "indices", "labels"],
                outputs.Select(output => output.GetProperty("name").GetString())
            );
            Assert.Equal(5 * count, outputs[1].GetProperty("data").GetArrayLength());
            Assert.Equal(1, outputs[0].GetProperty("data")[0].GetInt32());
        }
    }

    [Fact]
    public async Task Tritons_classification_extension_names_the_best()
    {
        await using var host = await new MeterHost(Off).Start();

        using var answer = await RestClient.Post(
            host,
            "null",
            RestClient.Header(1, """, "outputs":[{"name":"scores","parameters":{"classification":2}}]"""),
            new byte[RestClient.Pixels]
        );

        var output = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("outputs")[0];
        Assert.Equal(
            ("BYTES", "[1,2]", "1.000000:0:tench"),
            (
                output.GetProperty("datatype").GetString(),
                output.GetProperty("shape").GetRawText(),
                output.GetProperty("data")[0].GetString()
            )
        );
    }

    private static async Task<JsonElement> Get(MeterHost host, string path) =>
        JsonElement.Parse(await host.Client.GetStringAsync(path));
}
