using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>The Open Inference Protocol over REST.</summary>
public sealed class RestProtocolTests
{
    private const int Pixels = 224 * 224 * 3;

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
    [InlineData("/v2/models/other", "there is no model 'other', accepted: null, null-encoded")]
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
                        parameters = new { binary_data_size = 2 * Pixels },
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

        using var answer = await Post(host, "null", header, new byte[2 * Pixels]);

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

        using var binary = await Post(
            host,
            "null-encoded",
            $$$"""
            {"inputs":[{"name":"image","shape":[1],"datatype":"BYTES",
            "parameters":{"binary_data_size":{{{element.Length}}}}}]}
            """,
            element
        );
        var encoded = Convert.ToBase64String(jpeg);
        using var text = await Post(
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

        using var answer = await Post(
            host,
            "null",
            Header(1, """, "outputs":[{"name":"scores","parameters":{"classification":2}}]"""),
            new byte[Pixels]
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

    [Theory]
    [InlineData("null", "{", "not JSON")]
    [InlineData("null", "[]", "the request is no JSON object")]
    [InlineData("null", "{}", "'inputs' is missing")]
    [InlineData("null", """{"inputs":7}""", "'inputs' is no array")]
    [InlineData("null", """{"inputs":[]}""", "0 inputs, accepted: one, pixels (UINT8 [-1,224,224,3])")]
    [InlineData("null", """{"inputs":[7]}""", "an input is no JSON object")]
    [InlineData(
        "null",
        """{"inputs":[{"name":"x","shape":[1],"datatype":"UINT8","data":[]}]}""",
        "there is no input 'x', accepted: pixels"
    )]
    [InlineData(
        "null",
        """{"inputs":[{"name":"pixels","shape":[1],"datatype":"FP32","data":[]}]}""",
        "input pixels is FP32, accepted: pixels (UINT8"
    )]
    [InlineData(
        "null",
        """{"inputs":[{"name":"pixels","shape":["a"],"datatype":"UINT8","data":[]}]}""",
        "a size of its shape is no whole number"
    )]
    [InlineData(
        "null",
        """{"inputs":[{"name":"pixels","shape":[1,224,224,3],"datatype":"UINT8","data":[1,2]}]}""",
        "input pixels has 2 bytes, of its shape it should be 150,528"
    )]
    [InlineData(
        "null",
        """{"inputs":[{"name":"pixels","shape":[9223372036854775807,224,224,3],"datatype":"UINT8","data":[1]}]}""",
        "has the shape [9223372036854775807"
    )]
    [InlineData(
        "null",
        """{"inputs":[{"name":"pixels","shape":[1,224,224,3],"datatype":"UINT8","data":[256]}]}""",
        "value 1 is no whole number from 0 to 255"
    )]
    [InlineData(
        "null",
        """
            {"inputs":[{"name":"pixels","shape":[1,224,224,3],"datatype":"UINT8",
            "parameters":{"binary_data_size":5}}]}
            """,
        "binary_data_size is 5, 0 bytes are left"
    )]
    [InlineData(
        "null",
        """
            {"inputs":[{"name":"pixels","shape":[1,224,224,3],"datatype":"UINT8",
            "parameters":{"binary_data_size":"a"}}]}
            """,
        "binary_data_size is no whole number"
    )]
    [InlineData(
        "null",
        """{"parameters":{"timeout":-1},"inputs":[{"name":"pixels","shape":[1],"datatype":"UINT8","data":[]}]}""",
        "timeout is -1, accepted"
    )]
    [InlineData(
        "null",
        """{"inputs":[{"name":"\ud800","shape":[1],"datatype":"UINT8","data":[]}]}""",
        "no valid Unicode"
    )]
    [InlineData(
        "null-encoded",
        """{"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["%"]}]}""",
        "an element is not base64"
    )]
    [InlineData(
        "null-encoded",
        """{"inputs":[{"name":"image","shape":[2],"datatype":"BYTES","data":["AAAA"]}]}""",
        "input image has 1 elements, its shape says 2"
    )]
    [InlineData(
        "null-encoded",
        """{"inputs":[{"name":"image","shape":[0],"datatype":"BYTES","data":[]}]}""",
        "has the shape [0]"
    )]
    public async Task What_breaks_the_protocol_is_400_with_a_line(string model, string body, string said)
    {
        await using var host = await new MeterHost(Off).Start();

        using var answer = await Post(host, model, body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString()!;
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Theory]
    [InlineData(""", "outputs":[{"name":"x"}]""", "there is no output 'x', accepted: scores, indices, labels")]
    [InlineData(
        """, "outputs":[{"name":"scores","parameters":{"classification":9}}]""",
        "classification is 9, accepted: 1 to 5"
    )]
    [InlineData(
        """, "outputs":[{"name":"scores","parameters":{"binary_data":1}}]""",
        "the parameter binary_data is neither true nor false"
    )]
    public async Task Wrong_outputs_are_400(string outputs, string said)
    {
        await using var host = await new MeterHost(Off).Start();

        using var answer = await Post(host, "null", Header(1, outputs), new byte[Pixels]);

        Assert.Equal(
            (HttpStatusCode.BadRequest, said),
            (
                answer.StatusCode,
                JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString()
            )
        );
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("x")]
    [InlineData("99999999")]
    public async Task A_wrong_header_length_is_400(string length)
    {
        await using var host = await new MeterHost(Off).Start();
        using var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", length);

        using var answer = await host.Client.PostAsync("/v2/models/null/infer", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Left_over_bytes_and_too_large_requests_are_refused()
    {
        await using var host = await new MeterHost(
            Off with
            {
                Service = new ServiceSettings { MaxRequestBytes = 4096 },
            }
        ).Start();

        using var more = await Post(
            host,
            "null",
            """{"inputs":[{"name":"pixels","shape":[1],"datatype":"UINT8","parameters":{"binary_data_size":1}}]}""",
            new byte[3]
        );
        using var large = await Post(host, "null", "{}", new byte[5000]);

        Assert.Contains(
            "2 bytes behind the JSON belong to no input",
            await more.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
    }

    [Fact]
    public async Task An_image_that_is_none_is_422_and_says_which()
    {
        await using var host = await new MeterHost(Off).Start();

        using var answer = await Post(
            host,
            "null-encoded",
            $$"""
            {"inputs":[{"name":"image","shape":[2],"datatype":"BYTES",
            "data":["{{Convert.ToBase64String(Photos.Jpeg())}}","AAAA"]}]}
            """
        );

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(
            "image 2 of 2 is unsupported",
            await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    private static string Header(int images, string more) =>
        $$$"""
            {"inputs":[{"name":"pixels","shape":[{{{images}}},224,224,3],"datatype":"UINT8",
            "parameters":{"binary_data_size":{{{images * Pixels}}}}}]{{{more}}}}
            """;

    private static async Task<JsonElement> Get(MeterHost host, string path) =>
        JsonElement.Parse(await host.Client.GetStringAsync(path));

    private static async Task<HttpResponseMessage> Post(
        MeterHost host,
        string model,
        string json,
        byte[]? binary = null
    )
    {
        var header = Encoding.UTF8.GetBytes(json);
        using var content = new ByteArrayContent([.. header, .. binary ?? []])
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") },
        };
        if (binary is not null)
            content.Headers.Add(
                "Inference-Header-Content-Length",
                header.Length.ToString(CultureInfo.InvariantCulture)
            );
        return await host.Client.PostAsync($"/v2/models/{model}/infer", content);
    }
}
