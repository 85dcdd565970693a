using System.Net;
using System.Text;
using CsCheck;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.Settings;
using InferenceMeter.Web.OpenInference;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>
/// Requests with bytes changed, cut, doubled and put elsewhere: refused in a line or answered, never an error of the
/// server's own.
/// </summary>
public sealed class ProtocolFuzzTests
{
    private static readonly byte[][] Seeds =
    [
        """
            {"id":"1","parameters":{"timeout":1000,"binary_data_output":true},
            "inputs":[{"name":"pixels","shape":[1,224,224,3],"datatype":"UINT8","parameters":{"binary_data_size":4}}],
            "outputs":[{"name":"scores","parameters":{"classification":2,"binary_data":false}}]}ABCD
            """u8.ToArray(),
        """{"inputs":[{"name":"image","shape":[2,1],"datatype":"BYTES","data":[["AAAA"],["/9j/4AAQ"]]}]}"""u8.ToArray(),
        """
            {"inputs":[{"name":"pixels","shape":[1,2],"datatype":"UINT8","data":[[1,2],[3,[4,5]]]}],"outputs":[]}
            """u8.ToArray(),
    ];

    [Fact]
    public void The_parser_refuses_or_understands() =>
        Gen.Select(Mutations.Of(Seeds), Gen.Int[-1, 300])
            .Sample(
                (body, header) =>
                {
                    try
                    {
                        RestRequest.Read(body, header == -1 ? null : header);
                    }
                    catch (ProtocolException refused)
                    {
                        Assert.DoesNotContain('\n', refused.Message);
                        Assert.InRange(refused.Message.Length, 1, 1000);
                    }
                },
                iter: 20_000,
                threads: 1
            );

    [Fact]
    public async Task The_service_answers_each_and_never_with_500()
    {
        await using var host = await new MeterHost(
            new MeterSettings { Requests = new RequestSettings { Background = "off" } }
        ).Start();
        var requests = new List<(string Path, byte[] Body, string? Header, string? Type)>();
        Gen.Select(Mutations.Of([.. Seeds, Photos.Jpeg(), Form()]), Gen.Int[0, 300], Gen.Int[0, 3])
            .Sample(
                (body, header, way) =>
                    requests.Add(
                        way switch
                        {
                            0 => ("/v2/models/null/infer", body, $"{header}", null),
                            1 => ("/v2/models/null-encoded/infer", body, null, null),
                            2 => ("/api/v1/classify", body, null, "multipart/form-data; boundary=xyz"),
                            _ => ("/api/v1/classify", body, null, null),
                        }
                    ),
                iter: 1500,
                threads: 1
            );

        var statuses = new Dictionary<HttpStatusCode, int>();
        foreach (var (path, body, header, type) in requests)
        {
            using var content = new ByteArrayContent(body);
            if (header is not null)
                content.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", header);
            if (type is not null)
                content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var answer = await host.Client.PostAsync(path, content);
            statuses[answer.StatusCode] = statuses.GetValueOrDefault(answer.StatusCode) + 1;
            Assert.True(
                (int)answer.StatusCode < 500,
                $"{path} answered {answer.StatusCode}: "
                    + $"{await answer.Content.ReadAsStringAsync()}\n{Convert.ToBase64String(body)}"
            );
        }

        Assert.True(
            statuses.GetValueOrDefault(HttpStatusCode.BadRequest) > 0
                && statuses.GetValueOrDefault(HttpStatusCode.UnprocessableEntity) > 0
        );
        Assert.Equal(0, host.Meter.Requests.Held);
        var counts = host.Meter.Counters.Snapshot();
        Assert.Equal(counts.HandedOut, counts.Ok + counts.Failed + counts.Rejected);
    }

    private static byte[] Form() =>
        [
            .. Encoding.ASCII.GetBytes(
                "--xyz\r\nContent-Disposition: form-data; name=\"file\"; "
                    + "filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"
            ),
            .. Photos.Jpeg(1),
            .. "\r\n--xyz--\r\n"u8.ToArray(),
        ];
}
