using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using InferenceMeter.ServiceTests.Program;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Api;

/// <summary>Bodies that come in a content coding, over real connections.</summary>
public sealed class RequestBodyTests : IAsyncLifetime
{
    private const int MaxRequestBytes = 512 * 1024;

    private readonly MeterHost _host = new(
        new MeterSettings
        {
            Requests = new RequestSettings { Background = "off" },
            Service = new ServiceSettings
            {
                MaxRequestBytes = MaxRequestBytes,
                Urls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
                GrpcUrls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
            },
        }
    );

    public Task InitializeAsync() => _host.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("identity")]
    public async Task A_body_is_decoded_before_it_is_read(string coding)
    {
        var infer = Encoding.UTF8.GetBytes(
            $$"""
            {"inputs":[{"name":"image","shape":[1],"datatype":"BYTES","data":["{{Convert.ToBase64String(
                Photos.Jpeg()
            )}}"]}]}
            """
        );

        using var classified = await PostAsync("/api/v1/classify", Photos.Jpeg(), coding);
        using var inferred = await PostAsync("/v2/models/null-encoded/infer", infer, coding);
        using var priced = await SendAsync(
            HttpMethod.Put,
            "/api/v1/price",
            Encoded("""{"usdPerHour":3.25}"""u8.ToArray(), coding)
        );
        using var run = await PostAsync("/api/v1/runs", """{"seconds":1}"""u8.ToArray(), coding);

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.Accepted],
            new[] { classified, inferred, priced, run }.Select(answer => answer.StatusCode)
        );
        Assert.Equal(3.25, (await JsonAsync(priced)).GetProperty("usdPerHour").GetDouble());
    }

    [Theory]
    [InlineData("/v2/models/null/infer", "zstd")]
    [InlineData("/v2/models/null/infer", "gzip, br")]
    [InlineData("/api/v1/classify", "compress")]
    [InlineData("/api/v1/classify", "utf-8")]
    [InlineData("/api/v1/runs", "gzip,gzip")]
    public async Task A_coding_that_is_not_known_is_415_and_says_which_are(string path, string coding)
    {
        using var answer = await PostAsync(path, "{}"u8.ToArray(), coding);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Equal("gzip, deflate, br", string.Join(", ", answer.Headers.GetValues("Accept-Encoding")));
        Assert.Equal(
            $"the Content-Encoding '{coding}' is not known here, accepted: one of gzip, deflate, br, or none",
            await ReasonAsync(answer)
        );
    }

    [Theory]
    [InlineData("/v2/models/null/infer", "br")]
    [InlineData("/v2/models/null/infer", "gzip")]
    [InlineData("/api/v1/classify", "br")]
    [InlineData("/api/v1/classify", "deflate")]
    [InlineData("/api/v1/runs", "br")]
    [InlineData("/api/v1/runs", "gzip")]
    public async Task A_body_that_is_not_of_its_coding_is_400(string path, string coding)
    {
        using var content = new ByteArrayContent("""{"seconds":1,"and":"this is plain text"}"""u8.ToArray());
        content.Headers.ContentEncoding.Add(coding);
        content.Headers.ContentType = new("application/json");

        using var answer = await _host.Client.PostAsync(path, content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal($"the body is not {coding}, which its Content-Encoding says it is", await ReasonAsync(answer));
    }

    [Theory]
    [InlineData("/v2/models/null/infer", "gzip")]
    [InlineData("/v2/models/null/infer", "br")]
    [InlineData("/api/v1/classify", "deflate")]
    [InlineData("/api/v1/runs", "gzip")]
    public async Task A_small_body_that_becomes_a_huge_one_is_413_and_is_never_held(string path, string coding)
    {
        // 256 MiB of blanks, which are JSON until they end.
        var blanks = new byte[256 * 1024 * 1024];
        blanks.AsSpan().Fill((byte)' ');
        using var bomb = Encoded(blanks, coding);
        Assert.InRange(bomb.Headers.ContentLength!.Value, 0, MaxRequestBytes);
        var before = GC.GetTotalAllocatedBytes();

        using var answer = await _host.Client.PostAsync(path, bomb);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 * 1024 * 1024);
        Assert.Contains("larger", await ReasonAsync(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/models/null/infer")]
    [InlineData("/api/v1/classify")]
    [InlineData("/api/v1/runs")]
    public async Task The_size_of_a_chunk_that_no_number_holds_is_400(string path)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, _host.Client.BaseAddress!.Port);
        await using var stream = connection.GetStream();

        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n"
            )
        );
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync().WaitAsync(Eventually.Deadline);

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("chunk", answer, StringComparison.OrdinalIgnoreCase);
    }

    private Task<HttpResponseMessage> PostAsync(string path, byte[] body, string coding) =>
        SendAsync(HttpMethod.Post, path, Encoded(body, coding));

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent content)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        return await _host.Client.SendAsync(request);
    }

    /// <summary>A body in a coding; in one that is not known, as it is.</summary>
    private static ByteArrayContent Encoded(byte[] body, string coding)
    {
        using var coded = new MemoryStream();
        using (
            var encoder = coding.ToLowerInvariant() switch
            {
                "gzip" => new GZipStream(coded, CompressionLevel.Optimal),
                "deflate" => new ZLibStream(coded, CompressionLevel.Optimal),
                "br" => new BrotliStream(coded, CompressionLevel.Fastest),
                _ => (Stream)coded,
            }
        )
            encoder.Write(body);
        var content = new ByteArrayContent(coded.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Encoding", coding);
        content.Headers.ContentType = new("application/json");
        return content;
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) =>
        JsonElement.Parse(await answer.Content.ReadAsStringAsync());

    /// <summary>The protocol's error, or the detail of problem details.</summary>
    private static async Task<string?> ReasonAsync(HttpResponseMessage answer)
    {
        var json = await JsonAsync(answer);
        return (json.TryGetProperty("error", out var error) ? error : json.GetProperty("detail")).GetString();
    }
}
