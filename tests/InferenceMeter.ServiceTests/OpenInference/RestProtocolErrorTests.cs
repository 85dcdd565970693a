using System.Net;
using System.Text.Json;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>What the Open Inference Protocol over REST refuses, and how it says so.</summary>
public sealed class RestProtocolErrorTests
{
    private static readonly MeterSettings Off = new() { Requests = new RequestSettings { Background = "off" } };

    [Theory]
    [InlineData("null", "{", "not JSON")]
    [InlineData("null", """{"inputs":null}""", "'inputs' is missing")]
    [InlineData("null", """{"inputs":[{"name":null}]}""", "'name' is missing")]
    [InlineData(
        "null",
        """{"inputs":[{"name":"pixels","shape":[1,224,224,3],"datatype":"UINT8","data":null}]}""",
        "'data' is missing"
    )]
    [InlineData(
        "null",
        """{"inputs":[{"name":"pixels","shape":[1,3,224,224],"datatype":"FP16","data":[0.5]}]}""",
        "input pixels: FP16 cannot be written out; send it as binary data, with the parameter binary_data_size"
    )]
    [InlineData(
        "null",
        """{"inputs":[{"name":"pixels","shape":[1,3,224,224],"datatype":"BF16","data":[0.5]}]}""",
        "input pixels: BF16 cannot be written out"
    )]
    [InlineData(
        "null",
        """
            {"inputs":[{"name":"pixels","shape":[1,224,224,3],"datatype":"UINT8",
            "parameters":{"shared_memory_region":"a","shared_memory_byte_size":150528}}]}
            """,
        "pixels: the parameter shared_memory_region is not supported"
    )]
    [InlineData(
        "null",
        """
            {"inputs":[{"name":"pixels","shape":[1],"datatype":"UINT8","data":[1]}],
            "outputs":[{"name":"scores","parameters":{"shared_memory_offset":8}}]}
            """,
        "scores: the parameter shared_memory_offset is not supported"
    )]
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

        using var answer = await RestClient.Post(host, model, body);

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

        using var answer = await RestClient.Post(
            host,
            "null",
            RestClient.Header(1, outputs),
            new byte[RestClient.Pixels]
        );

        Assert.Equal(
            (HttpStatusCode.BadRequest, said),
            (
                answer.StatusCode,
                JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString()
            )
        );
    }

    [Theory]
    [InlineData(""","id":null""")]
    [InlineData(""","outputs":null""")]
    [InlineData(""","parameters":null""")]
    [InlineData(""","parameters":{"timeout":null,"binary_data_output":null}""")]
    [InlineData(""","outputs":[{"name":"scores","parameters":null}]""")]
    [InlineData(""","outputs":[{"name":"scores","parameters":{"classification":null,"binary_data":null}}]""")]
    [InlineData(""","outputs":[{"name":"scores","parameters":{"shared_memory_region":null}}]""")]
    public async Task A_member_that_is_null_is_absent(string more)
    {
        await using var host = await new MeterHost(Off).Start();

        using var answer = await RestClient.Post(host, "null", RestClient.Header(1, more), new byte[RestClient.Pixels]);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
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

        using var more = await RestClient.Post(
            host,
            "null",
            """{"inputs":[{"name":"pixels","shape":[1],"datatype":"UINT8","parameters":{"binary_data_size":1}}]}""",
            new byte[3]
        );
        using var large = await RestClient.Post(host, "null", "{}", new byte[5000]);

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

        using var answer = await RestClient.Post(
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
}
