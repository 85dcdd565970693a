using System.Net;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using InferenceMeter.ServiceTests.OpenInference.Triton;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>Triton's extension <c>model_repository</c>: the index; loading and unloading are refused.</summary>
public sealed class ModelRepositoryTests(TritonClientFixture triton) : IClassFixture<TritonClientFixture>
{
    private const string Ready = """[{"name":"null","version":"1","state":"READY","reason":""},""";

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"ready":true}""")]
    public async Task The_index_over_REST_has_every_model_with_its_state(string question)
    {
        using var content = new StringContent(question, Encoding.UTF8, "application/json");

        using var answer = await triton.Host.Client.PostAsync("/v2/repository/index", content);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var index = await answer.Content.ReadAsStringAsync();
        Assert.StartsWith(Ready, index, StringComparison.Ordinal);
        Assert.Contains("\"null-encoded\"", index, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_index_over_gRPC_is_the_same()
    {
        var index = await triton.Client.RepositoryIndexAsync(new RepositoryIndexRequest { Ready = true });
        using var rest = await triton.Host.Client.PostAsync("/v2/repository/index", null);

        Assert.Equal(
            JsonElement
                .Parse(await rest.Content.ReadAsStringAsync())
                .EnumerateArray()
                .Select(model => (Text(model, "name"), Text(model, "version"), Text(model, "state"))),
            index.Models.Select(model => (model.Name, model.Version, model.State))
        );
        Assert.All(index.Models, model => Assert.Equal(("READY", ""), (model.State, model.Reason)));

        static string Text(JsonElement model, string name) => model.GetProperty(name).GetString()!;
    }

    [Fact]
    public async Task What_is_not_ready_says_why_and_is_left_out_where_only_the_ready_are_asked_for()
    {
        await using var host = new Api.MeterHost();
        using var question = new StringContent("""{"ready":true}""");

        using var all = await host.Client.PostAsync("/v2/repository/index", null);
        using var ready = await host.Client.PostAsync("/v2/repository/index", question);

        var model = JsonElement.Parse(await all.Content.ReadAsStringAsync())[0];
        Assert.Equal("UNAVAILABLE", model.GetProperty("state").GetString());
        Assert.NotEqual("", model.GetProperty("reason").GetString());
        Assert.Equal("[]", await ready.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_question_that_is_not_JSON_is_told_so()
    {
        using var question = new StringContent("ready");

        using var answer = await triton.Host.Client.PostAsync("/v2/repository/index", question);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("not JSON", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Loading_and_unloading_are_refused_with_what_to_do()
    {
        foreach (var change in new[] { "load", "unload" })
        {
            using var answer = await triton.Host.Client.PostAsync($"/v2/repository/models/null/{change}", null);
            Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
            Assert.Contains(
                "--model",
                JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString(),
                StringComparison.Ordinal
            );
        }

        var request = new RepositoryModelRequest { ModelName = "null" };
        foreach (
            var failed in new[]
            {
                await Assert.ThrowsAsync<RpcException>(async () =>
                    await triton.Client.RepositoryModelLoadAsync(request)
                ),
                await Assert.ThrowsAsync<RpcException>(async () =>
                    await triton.Client.RepositoryModelUnloadAsync(request)
                ),
            }
        )
        {
            Assert.Equal(StatusCode.Unimplemented, failed.StatusCode);
            Assert.Contains("--model", failed.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_server_lists_the_extension() =>
        Assert.Contains(
            "model_repository",
            (await triton.Client.ServerMetadataAsync(new ServerMetadataRequest())).Extensions
        );
}
