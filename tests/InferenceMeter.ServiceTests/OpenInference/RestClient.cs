using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using InferenceMeter.ServiceTests.Api;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>A client of the protocol that writes its bytes itself.</summary>
internal static class RestClient
{
    public const int Pixels = 224 * 224 * 3;

    /// <summary>The JSON of a request for images that follow as raw pixels.</summary>
    public static string Header(int images, string more) =>
        $$$"""
            {"inputs":[{"name":"pixels","shape":[{{{images}}},224,224,3],"datatype":"UINT8",
            "parameters":{"binary_data_size":{{{images * Pixels}}}}}]{{{more}}}}
            """;

    /// <summary>Asks for inference; binary tensors go behind the JSON.</summary>
    public static async Task<HttpResponseMessage> Post(MeterHost host, string model, string json, byte[]? binary = null)
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
