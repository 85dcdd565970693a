using InferenceMeter.Inference;
using InferenceMeter.Inference.Calibration;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using InferenceMeter.Models.Quantization;
using InferenceMeter.Tests.Models;
using static InferenceMeter.Models.OnnxParts;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Inference.Calibration;

public sealed class Int8ConversionTests
{
    [Fact]
    public void A_residual_network_becomes_integer_kernels_and_answers_nearly_the_same()
    {
        var graph = Residual();
        var (exact, quantized) = (graph.Single(), Convert(graph.Single()));

        foreach (var seed in Enumerable.Range(0, 10))
        {
            var x = TinyGraph.Numbers(TinyGraph.Inputs, 2, seed);
            var (expected, actual) = (TinyGraph.Run(exact, x), TinyGraph.Run(quantized, x));
            var spread = expected.Max() - expected.Min();
            Assert.All(
                expected.Zip(actual),
                pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 0.1 * spread)
            );
        }

        Assert.Equal("int8", OnnxTensors.Precision(quantized.Graph));
        Assert.DoesNotContain(quantized.Graph.Node, node => node.OpType is "BatchNormalization" or "Identity");
        // The ONNX Runtime of this build makes integer kernels of all of it: no float convolution is left.
        var kernels = Optimized(quantized);
        Assert.Equal(2, kernels.Count(type => type == "QLinearConv"));
        Assert.Contains("QLinearAdd", kernels);
        Assert.Contains("QGemm", kernels);
        Assert.DoesNotContain(kernels, type => type is "Conv" or "FusedConv" or "Add" or "Gemm" or "Relu");
    }

    [Fact]
    public void Weights_are_int8_by_channel_biases_int32_and_activations_uint8()
    {
        var quantized = Convert(Residual().Single());
        var tensors = quantized.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var producers = quantized.Graph.Node.ToDictionary(node => node.Output[0], StringComparer.Ordinal);
        foreach (var conv in quantized.Graph.Node.Where(node => node.OpType == "Conv"))
        {
            var (activation, weight, bias) = (
                producers[conv.Input[0]],
                producers[conv.Input[1]],
                producers[conv.Input[2]]
            );
            Assert.All([activation, weight, bias], node => Assert.Equal("DequantizeLinear", node.OpType));
            Assert.Equal(DataType.Uint8, (DataType)tensors[activation.Input[2]].DataType);
            Assert.Equal(
                (DataType.Int8, 4),
                ((DataType)tensors[weight.Input[0]].DataType, tensors[weight.Input[1]].Dims[0])
            );
            Assert.Equal((DataType.Int32, 2), ((DataType)tensors[bias.Input[0]].DataType, bias.Input.Count));
            Assert.All(tensors[weight.Input[2]].RawData, zero => Assert.Equal(0, zero));
            // The runtime multiplies integers: a bias has the scale of the products.
            var scale = WeightQuantization.Floats(tensors[activation.Input[1]])[0];
            Assert.Equal(
                WeightQuantization.Floats(tensors[weight.Input[1]]).ToArray().Select(value => value * scale),
                WeightQuantization.Floats(tensors[bias.Input[1]]).ToArray()
            );
        }

        // No float weights are left behind.
        Assert.DoesNotContain(
            quantized.Graph.Initializer,
            tensor => (DataType)tensor.DataType == DataType.Float && tensor.Dims.Count > 1
        );
        Assert.Equal(
            Residual()
                .Single()
                .Graph.Initializer.Where(tensor => tensor.Name is "w1" or "w2" or "fc")
                .Sum(tensor => tensor.Dims.Aggregate(1L, (product, dim) => product * dim))
                + 4
                + 4
                + 5,
            OnnxTensors.CountParameters(quantized.Graph)
        );
    }

    [Fact]
    public void Symmetric_activations_have_no_zero_point()
    {
        var quantized = Convert(Residual().Single(), new QuantizationOptions { Symmetric = true });
        var tensors = quantized.Graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);

        Assert.All(
            quantized.Graph.Node.Where(node => node.OpType == "QuantizeLinear"),
            node =>
            {
                Assert.Equal(DataType.Int8, (DataType)tensors[node.Input[2]].DataType);
                Assert.Equal([0], tensors[node.Input[2]].RawData.ToByteArray());
            }
        );
    }

    [Fact]
    public void What_is_kept_stays_float()
    {
        var quantized = Convert(Residual().Single(), new QuantizationOptions { KeepFirst = true, KeepLast = true });

        Assert.Contains(
            quantized.Graph.Initializer,
            tensor =>
                tensor.Name == TinyGraph.Find(quantized, "c1").Input[1] && (DataType)tensor.DataType == DataType.Float
        );
        Assert.Equal("fc", TinyGraph.Find(quantized, "scores").Input[1]);
        Assert.Contains("dequantized", TinyGraph.Find(quantized, "c2").Input[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Users_models_in_half_or_single_either_layout_give_nearly_their_scores(bool half, bool channelsFirst)
    {
        var model = new TinyModel
        {
            Type = half ? DataType.Float16 : DataType.Float,
            ChannelsFirst = channelsFirst,
            InitializersAreInputs = !half,
            IrVersion = half ? 7 : 3,
        }.Build();
        var expected = ConvertedModelTests.Scores(
            OnnxModelLoader.FromProto(model.Clone(), "", "tiny", precision: "fp32")
        );

        using var conversion = new Int8Conversion(
            "tiny",
            model,
            new QuantizationOptions { Method = CalibrationMethod.MinMax }
        );
        Calibrate(conversion);
        var actual = ConvertedModelTests.Scores(OnnxModelLoader.FromProto(conversion.Finish(), "", "tiny"));

        var spread = expected.Max() - expected.Min();
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 0.1 * spread));
    }

    [Fact]
    public void An_old_operator_set_is_raised_where_nothing_changes_its_meaning()
    {
        var model = Residual(opset: 9).Single();

        var quantized = Convert(model);

        Assert.Equal(13, quantized.OpsetImport[0].Version);
        Assert.Equal("int8", OnnxTensors.Precision(quantized.Graph));
    }

    [Fact]
    public void What_cannot_be_quantised_is_refused_in_a_line()
    {
        var twice = Convert(Residual().Single());
        var old = Residual(opset: 9).Node("Softmax", "probabilities", "scores").Single();
        var nothing = new TinyGraph().Node("GlobalAveragePool", "pool", "x").Node("Flatten", "flat", "pool").Single();
        nothing.Graph.Output[0] = Value("flat", DataType.Float, 1, 3);

        Assert.Contains("it is quantised already", Refused(twice), StringComparison.Ordinal);
        Assert.Contains("Softmax means something else in 13", Refused(old), StringComparison.Ordinal);
        Assert.Contains("nothing to quantise", Refused(nothing), StringComparison.Ordinal);
        using var unseen = new Int8Conversion("tiny", Residual().Single(), new QuantizationOptions());
        Assert.Contains(
            "no calibration image",
            Assert.Throws<ModelException>(unseen.Finish).Message,
            StringComparison.Ordinal
        );

        static string Refused(ModelProto model)
        {
            var refused = Assert.Throws<ModelException>(() =>
                new Int8Conversion("tiny", model, new QuantizationOptions())
            );
            Assert.DoesNotContain('\n', refused.Message);
            return refused.Message;
        }
    }

    [Fact]
    public void A_BatchNorm_that_another_node_reads_around_is_not_folded()
    {
        var model = new TinyGraph()
            .Weights("w", TinyGraph.Numbers(27, seed: 3), 3, 3, 1, 3)
            .Weights("s", [2, 1, 0.5f], 3)
            .Weights("o", [1, 0, -1], 3)
            .Weights("v", [4, 1, 0.25f], 3)
            .Node("Conv", "conv", "x w")
            .Node("BatchNormalization", "bn", "conv s o o v")
            .Node("Add", "sum", "bn conv")
            .Single();

        BatchNormFolding.Apply(model.Graph);

        Assert.Contains(model.Graph.Node, node => node.OpType == "BatchNormalization");
    }

    [Fact]
    public void A_folded_BatchNorm_gives_the_same_numbers()
    {
        var graph = new TinyGraph()
            .Weights("w", TinyGraph.Numbers(9, seed: 3), 3, 3, 1, 1)
            .Weights("b", [0.1f, -0.2f, 0.3f], 3)
            .Weights("s", [2, 1, 0.5f], 3)
            .Weights("o", [1, 0, -1], 3)
            .Weights("m", [0.2f, -0.1f, 0.4f], 3)
            .Weights("v", [4, 1, 0.25f], 3)
            .Node("Conv", "conv", "x w b")
            .Node(
                "BatchNormalization",
                "bn",
                "conv s o m v",
                new AttributeProto
                {
                    Name = "epsilon",
                    F = 1e-3f,
                    Type = AttributeProto.Types.AttributeType.Float,
                }
            );
        var (before, after) = (graph.Single(), graph.Single());
        BatchNormFolding.Apply(after.Graph);
        var x = TinyGraph.Numbers(TinyGraph.Inputs, 2);

        Assert.Equal(["Conv"], after.Graph.Node.Select(node => node.OpType));
        Assert.All(
            TinyGraph.Run(before, x).Zip(TinyGraph.Run(after, x)),
            pair => Assert.Equal(pair.First, pair.Second, 1e-5)
        );
    }

    [Fact]
    public void Multiply_adds_are_those_of_the_products()
    {
        // 4 x 4 outputs: 4 x 27 a pixel of the first, 4 x 36 of the second, and 5 x 4.
        const long Expected = (16 * 4 * 27) + (16 * 4 * 36) + 20;

        Assert.Equal(Expected, MultiplyAdds.Count("tiny", Residual().Single()));
        Assert.Equal(Expected, MultiplyAdds.Count("tiny", Convert(Residual().Single())));
    }

    [ToolFact("python3:onnx")]
    public async Task The_ONNX_checker_and_strict_shape_inference_accept_what_is_quantised()
    {
        using var folder = new TemporaryDirectory();
        var models = new[]
        {
            new QuantizationOptions(),
            new QuantizationOptions { Symmetric = true, WeightBits = 8 },
            new QuantizationOptions { KeepFirst = true, KeepLast = true },
        }.Select(options => Convert(Residual().Single(), options)).ToList();
        foreach (var (model, i) in models.Select((model, i) => (model, i)))
        {
            model.Graph.Output[0] = Value(model.Graph.Output[0].Name, DataType.Float, 1, 5);
            TinyModel.Write(model, folder.File($"{i}.onnx"));
        }

        var (code, text) = await OnnxChecker.Run(folder.Root);

        Assert.True(code == 0, text);
        Assert.Equal($"{models.Count} accepted", text.Trim());
    }

    /// <summary>Two convolutions with BatchNorm and a shortcut, pools, and a matrix product to five scores.</summary>
    private static TinyGraph Residual(long opset = 13) =>
        new TinyGraph(opset)
            .Weights("w1", TinyGraph.Numbers(4 * 27, 0.4f, seed: 2), 4, 3, 3, 3)
            .Weights("w2", TinyGraph.Numbers(4 * 36, 0.4f, seed: 3), 4, 4, 3, 3)
            .Weights("b2", TinyGraph.Numbers(4, 0.2f, seed: 4), 4)
            .Weights("s", [1, 0.8f, 1.2f, 0.9f], 4)
            .Weights("o", [0.1f, 0, -0.1f, 0.2f], 4)
            .Weights("m", [0, 0.1f, 0, -0.1f], 4)
            .Weights("v", [1, 2, 0.5f, 1], 4)
            .Weights("fc", TinyGraph.Numbers(20, 1, seed: 5), 5, 4)
            .Weights("fcb", TinyGraph.Numbers(5, 0.5f, seed: 6), 5)
            .Node("Conv", "c1", "x w1", Ints("pads", 1, 1, 1, 1))
            .Node("BatchNormalization", "bn", "c1 s o m v")
            .Node("Relu", "r1", "bn")
            .Node("Identity", "same", "r1")
            .Node("Conv", "c2", "same w2 b2", Ints("pads", 1, 1, 1, 1))
            .Node("Add", "sum", "c2 same")
            .Node("Relu", "r2", "sum")
            .Node("MaxPool", "max", "r2", Ints("kernel_shape", 2, 2), Ints("strides", 2, 2))
            .Node("GlobalAveragePool", "mean", "max")
            .Node("Flatten", "flat", "mean", Int("axis", 1))
            .Node("Gemm", "scores", "flat fc fcb", Int("transB", 1));

    private static ModelProto Convert(ModelProto model, QuantizationOptions? options = null)
    {
        using var conversion = new Int8Conversion(
            "tiny",
            model,
            options ?? new QuantizationOptions { Method = CalibrationMethod.MinMax }
        );
        Calibrate(conversion);
        return conversion.Finish();
    }

    private static void Calibrate(Int8Conversion conversion)
    {
        var pixels = new byte[conversion.Description.Height * conversion.Description.Width * 3];
        var random = new Random(9);
        for (var i = 0; i < 20; i++)
        {
            random.NextBytes(pixels);
            conversion.Add(pixels);
        }
    }

    private static List<string> Optimized(ModelProto model)
    {
        using var folder = new TemporaryDirectory();
        using (var options = OrtRuntime.CpuOptions(1, spinning: false))
        {
            options.OptimizedModelFilePath = folder.File("optimized.onnx");
            new Microsoft.ML.OnnxRuntime.InferenceSession(
                Google.Protobuf.MessageExtensions.ToByteArray(model),
                options
            ).Dispose();
        }

        return
        [
            .. ModelProto
                .Parser.ParseFrom(File.ReadAllBytes(folder.File("optimized.onnx")))
                .Graph.Node.Select(node => node.OpType),
        ];
    }
}
