using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using InferenceMeter.Batching;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using Microsoft.ML.OnnxRuntime;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

public sealed class OnnxModelLoaderTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string ModelPath => _folder.File("tiny.onnx");

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int, bool, bool, bool> Variants()
    {
        var data = new TheoryData<int, bool, bool, bool>();
        foreach (var type in new[] { DataType.Float, DataType.Float16, DataType.Uint8 })
        {
            foreach (var bits in Enumerable.Range(0, 8))
                data.Add((int)type, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Feeding_pixels_gives_what_the_model_gives_for_normalised_numbers(
        int type,
        bool channelsFirst,
        bool frozen,
        bool softmax
    )
    {
        var tiny = new TinyModel
        {
            Type = (DataType)type,
            ChannelsFirst = channelsFirst,
            Batch = frozen ? 2 : null,
            Softmax = softmax,
        };
        TinyModel.Write(tiny.Build(), ModelPath);
        var pixels = Pixels();

        var model = OnnxModelLoader.Load(ModelPath);
        var description = model.Description;

        Assert.Equal(
            (TinyModel.Height, TinyModel.Width, TinyModel.Classes, softmax),
            (description.Height, description.Width, description.Classes, description.OutputsProbabilities)
        );
        Assert.Equal(
            (frozen ? 2 : null, "pretrained", tiny.Type == DataType.Float16 ? "fp16" : "fp32"),
            (description.FixedBatch, description.Weights, description.Precision)
        );
        var expected = RunOriginal(tiny, pixels, (value, channel) => ((value / 255.0) - Mean[channel]) / Std[channel]);
        AssertClose(expected, RunWrapped(model, pixels), tiny.Type == DataType.Float16 ? 0.02 : 2e-5);
    }

    [Fact]
    public void Old_files_that_list_initialisers_as_inputs_have_one_input()
    {
        TinyModel.Write(new TinyModel { InitializersAreInputs = true, IrVersion = 3 }.Build(), ModelPath);

        RunWrapped(OnnxModelLoader.Load(ModelPath), Pixels());
    }

    [Fact]
    public void An_output_of_rank_four_is_flattened()
    {
        var tiny = new TinyModel { OutputRank4 = true };
        TinyModel.Write(tiny.Build(), ModelPath);

        AssertClose(
            RunOriginal(tiny with { OutputRank4 = false }, Pixels(), ImageNet),
            RunWrapped(OnnxModelLoader.Load(ModelPath), Pixels()),
            2e-5
        );
    }

    [Fact]
    public void A_dynamic_size_comes_from_the_sidecar_else_it_is_224()
    {
        TinyModel.Write(new TinyModel { DynamicSize = true }.Build(), ModelPath);
        var standard = OnnxModelLoader.Load(ModelPath).Description;
        File.WriteAllText(ModelPath + ".json", """{ "crop": [16, 12], "resize": 20 }""");

        var model = OnnxModelLoader.Load(ModelPath);

        Assert.Equal((224, 224, 256), (standard.Height, standard.Width, standard.ResizeShorterSide));
        Assert.Equal(
            (16, 12, 20),
            (model.Preprocessing.CropHeight, model.Preprocessing.CropWidth, model.Preprocessing.ResizeShorterSide)
        );
        RunWrapped(model, Pixels());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Normalisation_and_channel_order_come_from_sidecar_or_metadata(bool sidecar)
    {
        var tiny = new TinyModel();
        var proto = tiny.Build();
        if (!sidecar)
        {
            (string, string)[] entries =
            [
                ("mean", "[1, 2, 3]"),
                ("std", "[50,60,70]"),
                ("scale", "1"),
                ("channel_order", "bgr"),
                ("author", "somebody"),
            ];
            foreach (var (key, value) in entries)
                OnnxParts.SetMetadata(proto, key, value);
        }

        TinyModel.Write(proto, ModelPath);
        if (sidecar)
            File.WriteAllText(
                _folder.File("tiny.json"),
                """{ "mean": [1, 2, 3], "std": [50, 60, 70], "scale": 1, "channel_order": "bgr" }"""
            );
        var pixels = Pixels();
        var bgr = pixels.Chunk(3).SelectMany(pixel => pixel.Reverse()).ToArray();

        var scores = RunWrapped(OnnxModelLoader.Load(ModelPath), pixels);

        AssertClose(
            RunOriginal(tiny, bgr, (value, channel) => (value - 1.0 - channel) / (50 + (10 * channel))),
            scores,
            2e-5
        );
    }

    [Fact]
    public void External_data_is_read_and_hashed_with_the_model()
    {
        var tiny = new TinyModel();
        var proto = tiny.Build();
        TinyModel.MakeExternal(proto, _folder.File("tiny.data"));
        TinyModel.Write(proto, ModelPath);

        var model = OnnxModelLoader.Load(ModelPath);

        byte[] both = [.. File.ReadAllBytes(ModelPath), .. File.ReadAllBytes(_folder.File("tiny.data"))];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(both)), model.Description.Sha256);
        AssertClose(RunOriginal(tiny, Pixels(), ImageNet), RunWrapped(model, Pixels()), 2e-5);
    }

    [Fact]
    public void Names_of_the_model_are_kept_and_never_collide()
    {
        var proto = new TinyModel().Build();
        proto.Graph.Node[0].Name = "inferencemeter/pixels";
        var before = proto.Graph.Node.Select(node => node.Name).ToList();

        var model = OnnxModelLoader.FromProto(proto, "", "tiny");

        Assert.Equal("inferencemeter/pixels_2", model.Values.Pixels);
        var graph = model.TakeGraph().Graph;
        Assert.Equal(before, graph.Node.Select(node => node.Name).Where(before.Contains));
        Assert.Contains(graph.Node, node => node.Output.Contains("x"));
    }

    [Fact]
    public void Fields_that_the_schema_does_not_name_survive()
    {
        byte[] unknown = [0xFA, 0x3E, 0x03, (byte)'a', (byte)'b', (byte)'c']; // field 1007, length-delimited
        byte[] bytes = [.. new TinyModel().Build().ToByteArray(), .. unknown];

        Assert.Equal(bytes, ModelProto.Parser.ParseFrom(bytes).ToByteArray());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void With_the_cast_in_front_it_computes_the_same(bool half, bool bgr)
    {
        var proto = new TinyModel { Type = half ? DataType.Float16 : DataType.Float }.Build();
        if (bgr)
            OnnxParts.SetMetadata(proto, "channel_order", "bgr");
        var model = OnnxModelLoader.FromProto(proto, "", "tiny");
        var file = model.Serialize();

        var turned = PixelInput.CastFirst(file, model.Values);

        Assert.Equal("Cast", ModelProto.Parser.ParseFrom(turned).Graph.Node[0].OpType);
        Assert.Equal(Scores(file), Scores(turned));

        float[] Scores(byte[] graph)
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            using var session = new InferenceSession(graph, options);
            using var input = OrtValue.CreateTensorValueFromMemory(Pixels(), [2, TinyModel.Height, TinyModel.Width, 3]);
            using var run = new RunOptions();
            using var outputs = session.Run(run, [model.Values.Pixels], [input], [model.Values.Scores]);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        }
    }

    private static readonly double[] Mean = [0.485, 0.456, 0.406];
    private static readonly double[] Std = [0.229, 0.224, 0.225];

    private static double ImageNet(byte value, int channel) => ((value / 255.0) - Mean[channel]) / Std[channel];

    private static byte[] Pixels()
    {
        var pixels = new byte[2 * TinyModel.Height * TinyModel.Width * 3];
        new Random(5).NextBytes(pixels);
        return pixels;
    }

    private static float[] RunWrapped(OnnxModel model, byte[] pixels)
    {
        using var factory = OnnxSessionFactory.Open(model, new InferenceOptions { BatchSize = 2 });
        using var loop = factory.CreateBareLoop(2);
        pixels.CopyTo(loop.Pixels, 0);
        loop.RunOnce();
        return loop.Scores;
    }

    /// <summary>The model as it was, straight through ONNX Runtime, with inputs computed here.</summary>
    private static float[] RunOriginal(TinyModel tiny, byte[] pixels, Func<byte, int, double> normalize)
    {
        var (height, width) = (TinyModel.Height, TinyModel.Width);
        var values = new double[pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (image, y, x, channel) = (i / (height * width * 3), i / (width * 3) % height, i / 3 % width, i % 3);
            var at = tiny.ChannelsFirst ? (((((image * 3) + channel) * height) + y) * width) + x : i;
            values[at] = tiny.Type == DataType.Uint8 ? pixels[i] : normalize(pixels[i], channel);
        }

        long[] shape = tiny.ChannelsFirst ? [2, 3, height, width] : [2, height, width, 3];
        using var input = tiny.Type switch
        {
            DataType.Float => OrtValue.CreateTensorValueFromMemory(
                values.Select(value => (float)value).ToArray(),
                shape
            ),
            DataType.Uint8 => OrtValue.CreateTensorValueFromMemory(
                values.Select(value => (byte)value).ToArray(),
                shape
            ),
            _ => OrtValue.CreateTensorValueFromMemory(values.Select(value => (Float16)(float)value).ToArray(), shape),
        };
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var session = new InferenceSession(tiny.Build().ToByteArray(), options);
        using var run = new RunOptions();
        using var outputs = session.Run(run, ["x"], [input], session.OutputNames);
        return tiny.WeightType == DataType.Float
            ? outputs[0].GetTensorDataAsSpan<float>().ToArray()
            : MemoryMarshal
                .Cast<Float16, Half>(outputs[0].GetTensorDataAsSpan<Float16>())
                .ToArray()
                .Select(value => (float)value)
                .ToArray();
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, tolerance * Math.Max(1, Math.Abs(expected[i])));
    }
}
