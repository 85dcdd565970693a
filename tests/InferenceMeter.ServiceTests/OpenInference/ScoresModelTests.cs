using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using InferenceMeter.ServiceTests.OpenInference.Triton;

namespace InferenceMeter.ServiceTests.OpenInference;

/// <summary>The model under its name for clients that classify: one output with the scores of all classes.</summary>
public sealed class ScoresModelTests(TritonClientFixture triton) : IClassFixture<TritonClientFixture>
{
    private const int Classes = 1000;
    private const string Model = "null-scores";

    [Fact]
    public async Task It_has_one_output_of_all_classes_and_is_in_the_index()
    {
        var metadata = await triton.Client.ModelMetadataAsync(new ModelMetadataRequest { Name = Model });
        var config = (await triton.Client.ModelConfigAsync(new ModelConfigRequest { Name = Model })).Config;
        var index = await triton.Client.RepositoryIndexAsync(new RepositoryIndexRequest());

        var output = Assert.Single(metadata.Outputs);
        Assert.Equal(("scores", "FP32"), (output.Name, output.Datatype));
        Assert.Equal([-1L, Classes], output.Shape);
        Assert.Equal("pixels", Assert.Single(metadata.Inputs).Name);
        Assert.Equal([(long)Classes], Assert.Single(config.Output).Dims);
        Assert.Equal("labels.txt", config.Output[0].LabelFilename);
        Assert.Contains(Model, index.Models.Select(model => model.Name));
    }

    [Fact]
    public async Task All_scores_of_each_image_are_answered()
    {
        var answer = await triton.Client.ModelInferAsync(Ask(3));

        var output = Assert.Single(answer.Outputs);
        Assert.Equal([3L, Classes], output.Shape);
        var scores = MemoryMarshal.Cast<byte, float>(answer.RawOutputContents[0].Span).ToArray();
        Assert.Equal(3 * Classes, scores.Length);
        // The session that does nothing gives each image one certain class.
        Assert.All(scores.Chunk(Classes), image => Assert.Equal(1, image.Sum()));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 7)]
    [InlineData(1000, 1000)]
    [InlineData(5000, 1000)]
    public async Task Any_number_of_classes_is_answered_as_texts_best_first(int asked, int answered)
    {
        var request = Ask(2);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "scores" });
        request.Outputs[0].Parameters.Add("classification", new InferParameter { Int64Param = asked });

        var answer = await triton.Client.ModelInferAsync(request);

        Assert.Equal(("scores", "BYTES"), (answer.Outputs[0].Name, answer.Outputs[0].Datatype));
        Assert.Equal([2L, answered], answer.Outputs[0].Shape);
        var texts = Texts(answer.RawOutputContents[0].Span).Select(text => text.Split(':', 3)).ToArray();
        Assert.Equal(2 * answered, texts.Length);
        foreach (var image in texts.Chunk(answered))
        {
            var scores = image.Select(text => double.Parse(text[0], CultureInfo.InvariantCulture)).ToArray();
            Assert.Equal(1, scores[0]);
            Assert.Equal(scores.OrderDescending(), scores);
            Assert.Equal(answered, image.Select(text => text[1]).Distinct().Count());
            Assert.All(image, text => Assert.Equal(Label(text[1]), text[2]));
        }

        string Label(string index) => triton.Host.Meter.Model.Labels[int.Parse(index, CultureInfo.InvariantCulture)];
    }

    [Fact]
    public async Task Over_REST_they_are_answered_in_JSON_and_in_binary()
    {
        using var json = await RestClient.Post(
            triton.Host,
            Model,
            RestClient.Header(1, ""","outputs":[{"name":"scores","parameters":{"classification":6}}]"""),
            new byte[RestClient.Pixels]
        );
        using var binary = await RestClient.Post(
            triton.Host,
            Model,
            RestClient.Header(1, ""","parameters":{"binary_data_output":true}"""),
            new byte[RestClient.Pixels]
        );

        var output = JsonElement.Parse(await json.Content.ReadAsStringAsync()).GetProperty("outputs")[0];
        Assert.Equal("[1,6]", output.GetProperty("shape").GetRawText());
        Assert.StartsWith("1.000000:", output.GetProperty("data")[0].GetString(), StringComparison.Ordinal);
        var header = int.Parse(
            binary.Headers.GetValues("Inference-Header-Content-Length").Single(),
            CultureInfo.InvariantCulture
        );
        Assert.Equal(header + (Classes * sizeof(float)), (await binary.Content.ReadAsByteArrayAsync()).Length);
    }

    [Theory]
    [InlineData("indices", 1, "there is no output 'indices', accepted: scores")]
    [InlineData("scores", 0, "classification is 0, accepted: from 1")]
    public async Task What_it_does_not_have_is_told(string output, int asked, string said)
    {
        var request = Ask(1);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = output });
        request.Outputs[0].Parameters.Add("classification", new InferParameter { Int64Param = asked });

        var failed = await Assert.ThrowsAsync<RpcException>(async () => await triton.Client.ModelInferAsync(request));

        Assert.Equal((StatusCode.InvalidArgument, said), (failed.StatusCode, failed.Status.Detail));
    }

    private static List<string> Texts(ReadOnlySpan<byte> content)
    {
        var texts = new List<string>();
        while (content.Length > 0)
        {
            var length = BitConverter.ToInt32(content);
            texts.Add(Encoding.UTF8.GetString(content.Slice(4, length)));
            content = content[(4 + length)..];
        }

        return texts;
    }

    private static ModelInferRequest Ask(int images) => TritonRequests.Pixels(Model, images);
}
