using System.Net;
using System.Text.Json;
using InferenceMeter.Pipeline;
using InferenceMeter.ServiceTests.Api;
using InferenceMeter.ServiceTests.Program;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>Models whose names have slashes, as names of publishers do.</summary>
public sealed class ModelPathsTests : IAsyncLifetime
{
    private const string Model = "microsoft/resnet-50";

    private MeterHost _host = null!;

    public async Task InitializeAsync()
    {
        var settings = new MeterSettings
        {
            Images = new ImageSettings { SyntheticPhotos = 2 },
            Requests = new RequestSettings { Background = "off" },
            Service = new ServiceSettings
            {
                Urls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
                GrpcUrls = $"http://127.0.0.1:{RunningMeter.FreePort()}",
            },
        };
        var meter = await settings.OpenAsync(
            new Engine([new FakeGpu(0, "00000000:AF:00.0", Model)], new EngineConfiguration(2, 1, 4, 2), 8000),
            TimeProvider.System
        );
        _host = await new MeterHost(meter, settings).Start();
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("microsoft/resnet-50")]
    [InlineData("microsoft%2Fresnet-50")]
    [InlineData("microsoft%2fresnet-50/versions/1")]
    [InlineData("microsoft/resnet-50-encoded")]
    [InlineData("microsoft/resnet-50-encoded/versions/1")]
    public async Task It_is_found_by_its_name(string path)
    {
        var name = path.Contains("-encoded", StringComparison.Ordinal) ? Model + "-encoded" : Model;

        using var metadata = await _host.Client.GetAsync($"/v2/models/{path}");
        using var ready = await _host.Client.GetAsync($"/v2/models/{path}/ready");
        using var inferred = await _host.Client.PostAsync(
            $"/v2/models/{path}/infer",
            new StringContent(Request(name == Model))
        );

        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK],
            new[] { metadata, ready, inferred }.Select(answer => answer.StatusCode)
        );
        Assert.Equal(name, (await JsonAsync(metadata)).GetProperty("name").GetString());
        Assert.Equal(name, (await JsonAsync(inferred)).GetProperty("model_name").GetString());
    }

    [Theory]
    [InlineData("microsoft/resnet-5")]
    [InlineData("microsoft/resnet-50-other")]
    [InlineData("microsoft%2Fresnet-51")]
    [InlineData("resnet-50")]
    public async Task Another_name_is_not_found(string path)
    {
        using var answer = await _host.Client.GetAsync($"/v2/models/{path}");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.NotEmpty((await JsonAsync(answer)).GetProperty("error").GetString()!);
    }

    private static string Request(bool isPixels) =>
        isPixels
            ? $$"""
                {"inputs":[{"name":"pixels","shape":[1,8,8,3],"datatype":"UINT8",
                "data":[{{string.Join(',', new byte[8 * 8 * 3])}}]}]}
                """
            : $$"""
                {"inputs":[{"name":"image","shape":[1],"datatype":"BYTES",
                "data":["{{Convert.ToBase64String(Photos.Jpeg())}}"]}]}
                """;

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) =>
        JsonElement.Parse(await answer.Content.ReadAsStringAsync());
}
