using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Inference.Cuda;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using InferenceMeter.Preprocessing;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

[Collection(DefaultModelCollection.Name)]
public sealed class ConvertedResNet50Tests(DefaultModelFixture fixture)
{
    [Fact]
    public void The_built_in_model_in_half_has_the_same_parameters_and_the_same_best_classes()
    {
        using var batch = new ImageBatch(4, 224, 224) { Count = 4 };
        for (var i = 0; i < 4; i++)
            Paint(batch.Slot(i), i);
        var single = DefaultModel.Load(fixture.CacheFolder);
        var half = DefaultModel.Load(fixture.CacheFolder, precision: "fp16");
        Assert.Equal(
            single.Description with
            {
                Precision = "fp16",
                Labels = half.Description.Labels,
                Tensor = half.Description.Tensor,
            },
            half.Description
        );
        // Who knows the file alone goes on sending what it takes.
        Assert.Equal(("input", false), (half.Description.Tensor!.Name, half.Description.Tensor.IsHalf));
        Assert.Equal(25_530_472, half.Description.Parameters);

        var (expected, actual) = (Scores(single, [batch]), Scores(half, [batch]));

        var far = LargestDifference(expected, actual);
        Assert.True(far < 0.05, $"logits are up to {far} apart");
        Assert.Equal(expected.Select(Best), actual.Select(Best));
    }

    [Fact]
    public void The_built_in_model_tells_the_trial_pictures_of_a_GPU_apart() =>
        AssertToldApart(DefaultModel.Load(fixture.CacheFolder));

    [SharedFact]
    public void Real_weights_tell_the_trial_pictures_of_a_GPU_apart() =>
        AssertToldApart(OnnxModelLoader.Load(SharedData.Model));

    [Fact]
    public void Without_a_cache_the_built_in_model_is_converted_as_well()
    {
        var model = DefaultModel.Load(Path.Combine(fixture.Path, "no folder"), _ => { }, "fp16");

        Assert.Equal(("fp16", ResNet50Builder.Sha256), (model.Description.Precision, model.Description.Sha256));
        Assert.All(
            model.TakeGraph().Graph.Initializer,
            tensor => Assert.Equal(DataType.Float16, (DataType)tensor.DataType)
        );
    }

    [ToolFact("python3:onnx")]
    public async Task The_ONNX_checker_accepts_the_built_in_model_in_half()
    {
        using var folder = new TemporaryDirectory();
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(fixture.Path));
        PrecisionConversion.ToHalf("resnet50", model);
        TinyModel.Write(model, folder.File("resnet50.onnx"));

        var (code, text) = await OnnxChecker.Run(folder.Root);

        Assert.True(code == 0, text);
    }

    [SharedFact]
    public void Real_weights_widened_and_narrowed_again_see_the_same_in_real_photos()
    {
        var widened = OnnxModelLoader.Load(SharedData.Model, precision: "fp32");
        var (proto, sha256) = OnnxFile.Read(SharedData.Model);
        var original = proto.Clone();
        PrecisionConversion.ToSingle("resnet50", proto);
        PrecisionConversion.ToHalf("resnet50", proto);
        Assert.True(original.Graph.Initializer.Equals(proto.Graph.Initializer));
        var narrowed = OnnxModelLoader.FromProto(proto, sha256, SharedData.Model);
        Assert.Equal(
            ("fp32", "fp16", 25_530_472),
            (widened.Description.Precision, narrowed.Description.Precision, narrowed.Description.Parameters)
        );
        var photos = Photos(widened.Preprocessing);

        var expected = Scores(widened, photos);
        AssertSameBest(expected, Scores(narrowed, photos), 1e-3);
        AssertSameBest(
            expected,
            Scores(OnnxModelLoader.FromProto(RoundEveryValue(original), sha256, SharedData.Model), photos),
            0.05
        );
        foreach (var batch in photos)
            batch.Dispose();
    }

    private static void AssertSameBest(List<float[]> expected, List<float[]> actual, double tolerance)
    {
        var same = expected.Zip(actual).Count(pair => Best(pair.First) == Best(pair.Second));
        var far = LargestDifference(expected, actual);
        Assert.Equal(64, expected.Count);
        Assert.True(
            same >= 63 && far < tolerance,
            $"{same} of 64 best classes are the same; logits are up to {far} apart"
        );
    }

    /// <summary>
    /// What a device gives that computes in half and adds up in float32: on x64 the CPU rounds weights only.
    /// </summary>
    private static ModelProto RoundEveryValue(ModelProto model)
    {
        PrecisionConversion.ToSingle("resnet50", model);
        var output = model.Graph.Output.Single().Name;
        foreach (var node in model.Graph.Node.ToList())
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                if (model.Graph.Initializer.All(tensor => tensor.Name != node.Input[i]))
                    node.Input[i] += "/rounded";
            }
        }

        var values = model.Graph.Node.ToDictionary(node => node.Output[0], StringComparer.Ordinal);
        var nodes = new List<NodeProto>();
        Round(model.Graph.Input.Single().Name, "/rounded");
        foreach (var (value, node) in values)
        {
            nodes.Add(node);
            if (value == output)
                node.Output[0] = value + "/exact";
            Round(node.Output[0], value == output ? "" : "/rounded");
        }

        model.Graph.Node.Clear();
        model.Graph.Node.Add(nodes);
        return model;

        void Round(string value, string suffix)
        {
            var rounded = suffix.Length > 0 ? value + suffix : output;
            nodes.Add(
                OnnxNodes.Node(
                    "Cast",
                    value + "/half",
                    [value],
                    value + "/half",
                    OnnxNodes.Int("to", (int)DataType.Float16)
                )
            );
            nodes.Add(
                OnnxNodes.Node("Cast", rounded, [value + "/half"], rounded, OnnxNodes.Int("to", (int)DataType.Float))
            );
        }
    }

    private static List<ImageBatch> Photos(PreprocessingOptions options)
    {
        using var decoder = ImageDecoderFactory.Create("skia", options);
        var batches = new List<ImageBatch>();
        foreach (
            var files in Directory
                .GetFiles(SharedData.Images, "*.*")
                .Where(file => Path.GetExtension(file) != ".tsv")
                .Order(StringComparer.Ordinal)
                .Chunk(8)
        )
        {
            var batch = new ImageBatch(files.Length, options.CropHeight, options.CropWidth) { Count = files.Length };
            for (var i = 0; i < files.Length; i++)
                Assert.Equal(ImageFailure.None, decoder.Decode(File.ReadAllBytes(files[i]), batch.Slot(i)));
            batches.Add(batch);
        }

        return batches;
    }

    private static List<float[]> Scores(OnnxModel model, List<ImageBatch> batches)
    {
        using var factory = OnnxSessionFactory.Open(
            model,
            new InferenceOptions { BatchSize = batches[0].Count, IntraOpThreads = 2 }
        );
        using var loop = factory.CreateBareLoop(batches[0].Count);
        var scores = new List<float[]>();
        foreach (var batch in batches)
        {
            for (var i = 0; i < batch.Count; i++)
                batch.Slot(i).CopyTo(loop.Pixels.AsSpan(i * batch.BytesPerImage));
            loop.RunOnce();
            scores.AddRange(loop.Scores.Chunk(model.Description.Classes).Take(batch.Count));
        }

        return scores;
    }

    private static int Best(float[] scores) => Array.IndexOf(scores, scores.Max());

    private static float LargestDifference(List<float[]> expected, List<float[]> actual) =>
        expected
            .Zip(actual)
            .Max(pair => pair.First.Zip(pair.Second).Max(scores => Math.Abs(scores.First - scores.Second)));

    /// <summary>Smooth areas and an edge, each picture of its own.</summary>
    private static void AssertToldApart(OnnxModel model)
    {
        using var factory = OnnxSessionFactory.Open(model, new InferenceOptions { BatchSize = 2 });
        using var session = factory.Create();
        using var dark = TrialPictures.Create(2, factory.Model, HostMemory.Instance, bright: false);
        using var bright = TrialPictures.Create(2, factory.Model, HostMemory.Instance, bright: true);

        var (first, second) = (TrialAnswers.Of(session.Run(dark)), TrialAnswers.Of(session.Run(bright)));

        Assert.False(
            first.IsLike(second),
            $"{string.Join(", ", first.Probabilities)} and {string.Join(", ", second.Probabilities)}"
        );
        Assert.True(first.IsLike(TrialAnswers.Of(session.Run(dark))));
    }

    private static void Paint(Span<byte> rgb, int picture)
    {
        for (var i = 0; i < rgb.Length; i++)
        {
            var (y, x, channel) = (i / (3 * 224), i / 3 % 224, i % 3);
            var edge = (x + (picture * y)) % 100 < 50 ? 40 : -40;
            rgb[i] = (byte)(
                128
                + edge
                + (60 * Math.Sin((x * (picture + 1) / 40.0) + channel))
                + (25 * Math.Cos(y / (30.0 + (20 * picture))))
            );
        }
    }
}
