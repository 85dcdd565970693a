using System.Diagnostics;
using System.Security.Cryptography;
using Google.Protobuf;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using Microsoft.ML.OnnxRuntime;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

[Collection(DefaultModelCollection.Name)]
public sealed class ResNet50BuilderTests(DefaultModelFixture fixture)
{
    [Fact]
    public void The_file_is_the_same_on_every_machine() =>
        Assert.Equal(
            ResNet50Builder.Sha256,
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(fixture.Path)))
        );

    [Fact]
    public void It_has_the_parameters_and_multiply_adds_of_ResNet_50_v1_5()
    {
        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(fixture.Path)).Graph;

        Assert.Equal(25_530_472, OnnxTensors.CountParameters(graph));
        Assert.Equal(53, graph.Node.Count(node => node.OpType == "Conv"));
        // torchvision and others give 4.09 G for v1.5 (v1, with the stride on the 1x1, has 3.8 G).
        Assert.Equal(4_089_184_256, MultiplyAdds(graph));
    }

    [Fact]
    public void Activations_stay_finite_and_alive_in_every_block_and_logits_tell_classes_and_images_apart()
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(fixture.Path));
        var blocks = model.Graph.Node.Where(node => node.OpType == "Relu").Select(node => node.Output[0]).ToList();
        foreach (var block in blocks)
            model.Graph.Output.Add(OnnxParts.Value(block, DataType.Float));
        foreach (var output in model.Graph.Output.Skip(1))
            output.Type.TensorType.Shape = null;
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var session = new InferenceSession(model.ToByteArray(), options);
        using var input = OrtValue.CreateTensorValueFromMemory(NaturalImages(), [2, 3, 224, 224]);
        using var run = new RunOptions();

        using var outputs = session.Run(run, ["input"], [input], ["logits", .. blocks]);

        for (var i = 1; i < outputs.Count; i++)
        {
            var values = outputs[i].GetTensorDataAsSpan<float>().ToArray();
            Assert.All(
                values.Where((_, index) => index % 97 == 0),
                value => Assert.True(value == 0 || float.IsNormal(value))
            );
            Assert.InRange(values.Max(), 0.1, 1e3);
            Assert.InRange(values.Count(value => value > 0) / (double)values.Length, 0.2, 0.999);
        }

        var logits = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        Assert.All(logits, value => Assert.True(float.IsFinite(value)));
        Assert.InRange(Deviation(logits[..1000]), 0.5, 8);
        Assert.True(
            Deviation([.. logits[..1000].Zip(logits[1000..], (a, b) => a - b)]) > 0.05,
            "two different images have the same scores"
        );
    }

    [ToolFact("python3:onnx")]
    public async Task The_ONNX_checker_and_strict_shape_inference_accept_it()
    {
        const string Script =
            "import sys, onnx; m = onnx.load(sys.argv[1]); onnx.checker.check_model(m, full_check=True); "
            + "g = onnx.shape_inference.infer_shapes(m, strict_mode=True).graph; print(len(g.value_info))";
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Script, fixture.Path])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var inferred = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, await error);
        Assert.True(int.Parse(inferred) > 100, inferred);
    }

    private static double Deviation(float[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    /// <summary>Two normalised images of smooth areas, edges and a little noise.</summary>
    private static float[] NaturalImages()
    {
        var random = new Random(1);
        var pixels = new float[2 * 3 * 224 * 224];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (image, channel, y, x) = (i / (3 * 224 * 224), i / (224 * 224) % 3, i / 224 % 224, i % 224);
            var smooth = Math.Sin((x * (image + 1) / 40.0) + channel) + Math.Cos(y / (30.0 + (20 * image)));
            var edge = (x + (image * y)) % 100 < 50 ? 0.6 : -0.6;
            pixels[i] = (float)(smooth + edge + (0.1 * random.NextDouble()));
        }

        return pixels;
    }

    /// <summary>Of convolutions and the matrix product, following shapes through the graph on our own.</summary>
    private static long MultiplyAdds(GraphProto graph)
    {
        var weights = graph.Initializer.ToDictionary(
            tensor => tensor.Name,
            tensor => tensor.Dims.ToArray(),
            StringComparer.Ordinal
        );
        var sides = new Dictionary<string, long>(StringComparer.Ordinal) { ["input"] = 224 };
        long total = 0;
        foreach (var node in graph.Node)
        {
            var side = sides[node.Input[0]];
            long Attribute(string name) => node.Attribute.Single(attribute => attribute.Name == name).Ints[0];
            if (node.OpType is "Conv" or "MaxPool")
                side = ((side + (2 * Attribute("pads")) - Attribute("kernel_shape")) / Attribute("strides")) + 1;
            if (node.OpType == "GlobalAveragePool")
                side = 1;
            if (node.OpType is "Conv" or "Gemm")
                total += weights[node.Input[1]].Aggregate(1L, (product, dim) => product * dim) * side * side;
            sides[node.Output[0]] = side;
        }

        return total;
    }
}
