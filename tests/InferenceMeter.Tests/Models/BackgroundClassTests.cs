using InferenceMeter.Inference;
using InferenceMeter.Inference.Calibration;
using InferenceMeter.Models;
using InferenceMeter.Models.Quantization;

namespace InferenceMeter.Tests.Models;

/// <summary>Models that score 1,001 classes, the first of which is "none of them".</summary>
public sealed class BackgroundClassTests : IDisposable
{
    private const int WithBackground = 1001;

    private static readonly TinyModel ImageNet = new()
    {
        Outputs = WithBackground,
        Softmax = true,
        ArgMaxFirst = true,
    };

    private readonly TemporaryDirectory _folder = new();

    private string ModelPath => _folder.File("tiny.onnx");

    public void Dispose() => _folder.Dispose();

    public static TheoryData<long, bool, bool> Forms()
    {
        var data = new TheoryData<long, bool, bool>();
        foreach (var opset in new[] { 7L, 8, 10, 11, 13 })
        {
            foreach (var softmax in new[] { false, true })
            {
                foreach (var half in new[] { false, true })
                    data.Add(opset, softmax, half);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void It_is_cut_off_and_the_others_keep_their_scores_and_probabilities(long opset, bool softmax, bool half)
    {
        var tiny = ImageNet with { Opset = opset, Softmax = softmax, ArgMaxFirst = softmax };
        var precision = half ? "fp16" : null;

        var (all, allTop) = Run(Load(tiny, """{ "background_class": false }""", precision));
        var (rest, restTop) = Run(Load(tiny, """{ "background_class": true }""", precision));

        Assert.Equal(all.Chunk(WithBackground).SelectMany(scores => scores.Skip(1)), rest);
        // The same classes, counted from the second on; a background among the best makes room for the next one.
        foreach (var (before, after) in allTop.Chunk(5).Zip(restTop.Chunk(5)))
        {
            var kept = before
                .Where(best => best.Class > 0)
                .Select(best => (best.Class - 1, best.Probability))
                .ToArray();
            Assert.Equal(kept, after.Take(kept.Length));
            Assert.True(kept.Length >= 4);
        }
    }

    [Fact]
    public void A_background_that_scores_best_is_never_the_answer()
    {
        var proto = ImageNet.Build();
        var bias = proto.Graph.Initializer.Single(tensor => tensor.Name == "fc.b");
        var values = new float[WithBackground];
        values[0] = 100;
        bias.RawData = OnnxNodes.FloatTensor("", values).RawData;
        TinyModel.Write(proto, ModelPath);

        var (_, top) = Run(OnnxModelLoader.Load(ModelPath));

        Assert.All(top, best => Assert.InRange(best.Class, 0, 999));
        Assert.All(top, best => Assert.InRange(best.Probability, 0, 1e-6f));
    }

    [Fact]
    public void A_thousand_and_one_scores_are_ImageNets_thousand_classes_behind_a_background()
    {
        var description = Load(ImageNet, sidecar: null).Description;

        Assert.True(description.HasBackgroundClass);
        Assert.Equal(1000, description.Classes);
        Assert.Equal(ClassLabels.ImageNet, description.Labels);
    }

    [Theory]
    [InlineData(1000, "n0", true)]
    [InlineData(1001, "background", true)]
    [InlineData(1001, "n0", false)]
    public void Names_that_are_given_tell_whether_the_first_is_a_class(int names, string first, bool isBackground)
    {
        File.WriteAllLines(_folder.File("names.txt"), [first, .. Enumerable.Range(1, names - 1).Select(i => $"n{i}")]);

        var description = Load(ImageNet, """{ "labels": "names.txt" }""").Description;

        Assert.Equal(isBackground, description.HasBackgroundClass);
        Assert.Equal(isBackground ? 1000 : 1001, description.Classes);
        Assert.Equal(description.Classes, description.Labels.Count);
        Assert.DoesNotContain("background", description.Labels);
    }

    [Fact]
    public void Other_numbers_of_classes_have_one_only_when_it_is_said()
    {
        var tiny = new TinyModel();

        var silent = Load(tiny, sidecar: null).Description;
        var said = Load(tiny, """{ "background_class": true, "labels": ["a", "b", "c", "d"] }""").Description;

        Assert.Equal((false, TinyModel.Classes), (silent.HasBackgroundClass, silent.Classes));
        Assert.Equal((true, TinyModel.Classes - 1), (said.HasBackgroundClass, said.Classes));
        Assert.Equal("a", said.Labels[0]);
    }

    [Theory]
    [InlineData("\"yes\"", "\"background_class\" is \"yes\"; it must be true or false")]
    [InlineData("1", "\"background_class\" is 1; it must be true or false")]
    public void It_is_said_with_true_or_false(string value, string expected)
    {
        var wrong = Assert.Throws<ModelException>(() => Load(ImageNet, $$"""{ "background_class": {{value}} }"""));

        Assert.Contains(expected, wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_classes_must_be_left()
    {
        var wrong = Assert.Throws<ModelException>(() =>
            Load(new TinyModel { Outputs = 2 }, """{ "background_class": true }""")
        );

        Assert.Contains("the model scores 2 classes in all", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_int8_model_made_of_it_has_it_too()
    {
        var proto = ImageNet.Build();
        using var conversion = new Int8Conversion("tiny", proto, new QuantizationOptions());
        conversion.Add(Pixels().AsSpan(0, TinyModel.Height * TinyModel.Width * 3));

        var model = OnnxModelLoader.FromProto(conversion.Finish(), "", "tiny");

        Assert.Equal(
            (true, 1000, "int8"),
            (model.Description.HasBackgroundClass, model.Description.Classes, model.Description.Precision)
        );
        Assert.Equal(2000, Run(model).Scores.Length);
    }

    private static byte[] Pixels()
    {
        var pixels = new byte[2 * TinyModel.Height * TinyModel.Width * 3];
        new Random(5).NextBytes(pixels);
        return pixels;
    }

    private static (float[] Scores, (long Class, float Probability)[] Top) Run(OnnxModel model)
    {
        using var factory = OnnxSessionFactory.Open(model, new InferenceOptions { BatchSize = 2 });
        using var loop = factory.CreateBareLoop(2);
        Pixels().CopyTo(loop.Pixels, 0);
        loop.RunOnce();
        return (loop.Scores, [.. loop.Result.Classes.Zip(loop.Result.Probabilities)]);
    }

    private OnnxModel Load(TinyModel tiny, string? sidecar, string? precision = null)
    {
        TinyModel.Write(tiny.Build(), ModelPath);
        if (sidecar is not null)
            File.WriteAllText(ModelPath + ".json", sidecar);
        return OnnxModelLoader.Load(ModelPath, precision: precision);
    }
}
