using System.Diagnostics;
using Google.Protobuf;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

public sealed class ConvertedModelTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string ModelPath => _folder.File("tiny.onnx");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DataType.Float)]
    [InlineData(DataType.Float16)]
    [InlineData(DataType.Uint8)]
    internal void A_loaded_model_is_of_the_precision_asked_for_and_gives_nearly_the_same_scores(DataType type)
    {
        foreach (var bits in Enumerable.Range(0, 16))
        {
            var old = (bits & 8) != 0;
            TinyModel.Write(
                new TinyModel
                {
                    Type = type,
                    ChannelsFirst = (bits & 1) != 0,
                    Softmax = (bits & 2) != 0,
                    OutputRank4 = (bits & 4) != 0,
                    InitializersAreInputs = old,
                    IrVersion = old ? 3 : 8,
                }.Build(),
                ModelPath
            );
            var asItIs = OnnxModelLoader.Load(ModelPath);
            var expected = Scores(asItIs);
            foreach (var precision in new[] { "fp32", "tf32", "fp16" })
            {
                var model = OnnxModelLoader.Load(ModelPath, precision: precision);

                Assert.Equal(
                    asItIs.Description with
                    {
                        Precision = precision == "fp16" ? "fp16" : "fp32",
                        Labels = model.Description.Labels,
                        Tensor = model.Description.Tensor,
                    },
                    model.Description
                );
                AssertClose(expected, Scores(model), 0.02);
            }
        }
    }

    [Fact]
    public void A_model_that_has_the_precision_already_is_not_touched()
    {
        foreach (
            var (type, precision) in new[]
            {
                (DataType.Float, "fp32"),
                (DataType.Float, "tf32"),
                (DataType.Float16, "fp16"),
            }
        )
        {
            var model = new TinyModel { Type = type, Softmax = true }.Build();
            var before = model.ToByteArray();

            PrecisionConversion.Apply("tiny", model, precision);

            Assert.Equal(before, model.ToByteArray());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Widened_and_narrowed_again_a_half_model_is_what_it_was(bool old)
    {
        var model = new TinyModel
        {
            Type = DataType.Float16,
            OutputRank4 = true,
            InitializersAreInputs = old,
            IrVersion = old ? 3 : 8,
        }.Build();
        var before = model.Clone();

        PrecisionConversion.ToSingle("tiny", model);
        Assert.DoesNotContain(OnnxTensors.All(model), tensor => tensor.DataType == (int)DataType.Float16);
        PrecisionConversion.ToHalf("tiny", model);

        // A failed Assert.Equal would print all of both.
        Assert.True(before.Equals(model));
    }

    [Fact]
    public void Casts_do_not_pile_up_from_one_conversion_to_the_next()
    {
        var once = Mixed().ToHalf();
        var again = once.Clone();

        PrecisionConversion.ToSingle("tiny", again);
        Assert.DoesNotContain(again.Graph.Node, node => node.OpType == "Cast");
        PrecisionConversion.ToHalf("tiny", again);

        Assert.Equal(once.Graph.Node.Select(node => node.OpType), again.Graph.Node.Select(node => node.OpType));
    }

    [Fact]
    public void Widening_reaches_subgraphs_functions_and_types_named_by_attributes()
    {
        var half = OnnxNodes.RawTensor("w", DataType.Float16, [0, 0x3C], 1);
        var body = new GraphProto
        {
            Name = "body",
            Initializer = { half },
            Output = { OnnxNodes.Value("y", DataType.Float16) },
            Node = { OnnxNodes.Node("Identity", "i", ["w"], "y") },
        };
        var graph = new TinyGraph()
            .Node("Cast", "c", "x", OnnxNodes.Int("to", (int)DataType.Float16))
            .Node(
                "If",
                "fork",
                "condition",
                new AttributeProto
                {
                    Name = "then_branch",
                    Type = AttributeProto.Types.AttributeType.Graph,
                    G = body,
                }
            );
        graph.Model.Functions.Add(
            new FunctionProto
            {
                Name = "f",
                Node = { OnnxNodes.Node("EyeLike", "e", ["a"], "b", OnnxNodes.Int("dtype", (int)DataType.Float16)) },
            }
        );
        graph.Model.Graph.ValueInfo.Add(
            new ValueInfoProto
            {
                Name = "s",
                Type = new TypeProto
                {
                    SequenceType = new TypeProto.Types.Sequence
                    {
                        ElemType = OnnxNodes.Value("", DataType.Float16).Type,
                    },
                },
            }
        );

        PrecisionConversion.ToSingle("tiny", graph.Model);

        var inside = TinyGraph.Find(graph.Model, "fork").Attribute[0].G;
        Assert.Equal(
            (1f, 1),
            (BitConverter.ToSingle(inside.Initializer[0].RawData.Span), inside.Output[0].Type.TensorType.ElemType)
        );
        Assert.Equal(
            [1L, 1L],
            [TinyGraph.Find(graph.Model, "c").Attribute[0].I, graph.Model.Functions[0].Node[0].Attribute[0].I]
        );
        Assert.Equal(1, graph.Model.Graph.ValueInfo[0].Type.SequenceType.ElemType.TensorType.ElemType);
    }

    [ToolFact("python3:onnx")]
    public async Task The_ONNX_checker_and_strict_shape_inference_accept_what_is_converted()
    {
        var models = new List<ModelProto> { Mixed().ToHalf(), Mixed().ToHalf() };
        PrecisionConversion.ToSingle("tiny", models[1]);
        foreach (var bits in Enumerable.Range(0, 8))
        {
            foreach (
                var (type, precision) in new[]
                {
                    (DataType.Float, "fp16"),
                    (DataType.Uint8, "fp16"),
                    (DataType.Float16, "fp32"),
                }
            )
            {
                var model = new TinyModel
                {
                    Type = type,
                    ChannelsFirst = (bits & 1) != 0,
                    Softmax = (bits & 2) != 0,
                    InitializersAreInputs = (bits & 4) != 0,
                }.Build();
                PrecisionConversion.Apply("tiny", model, precision);
                models.Add(model);
            }
        }

        // The checker wants a shape.
        foreach (var mixed in models[..2])
            mixed.Graph.Output[0].Type = OnnxNodes
                .Value("", (DataType)mixed.Graph.Output[0].Type.TensorType.ElemType, 1, 3, null, null)
                .Type;
        for (var i = 0; i < models.Count; i++)
            TinyModel.Write(models[i], _folder.File($"{i}.onnx"));

        var (code, text) = await OnnxChecker.Run(_folder.Root);

        Assert.True(code == 0, text);
        Assert.Equal($"{models.Count} accepted", text.Trim());
    }

    /// <summary>Kept nodes of several kinds, constants in both precisions, float32 inputs by the standard.</summary>
    private static TinyGraph Mixed() =>
        new TinyGraph()
            .Weights("w", TinyGraph.Numbers(9), 3, 3, 1, 1)
            .Weights("b", [0.5f, 0.25f, 1], 3, 1, 1)
            .Weights("scales", [1, 1, 2, 2], 4)
            .Weights("s", [1, 1, 1], 3)
            .Weights("zero", [0])
            .Weights("huge", [float.MaxValue])
            .Node("Conv", "conv", "x w")
            .Node("BatchNormalization", "bn", "conv s s s s")
            .Node("Clip", "clip", "bn zero huge")
            .Node("Softmax", "softmax", "clip")
            .Node("Mul", "gate", "softmax b")
            .Node("Add", "shift", "clip b")
            .Node("Conv", "back", "gate w")
            .Node("Add", "sum", "back shift")
            .Node("Resize", "large", "sum - scales")
            .Node("Exp", "exp", "large")
            .Node("Conv", "last", "exp w");

    internal static float[] Scores(OnnxModel model)
    {
        using var factory = OnnxSessionFactory.Open(model, new InferenceOptions { BatchSize = 2 });
        using var loop = factory.CreateBareLoop(2);
        new Random(5).NextBytes(loop.Pixels);
        loop.RunOnce();
        return loop.Scores;
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, tolerance * Math.Max(1, Math.Abs(expected[i])));
    }
}

/// <summary>
/// The reference checker of the standard, with strict shape and type inference, over a folder of models.
/// </summary>
internal static class OnnxChecker
{
    private const string Script = """
        import glob, sys, onnx
        files = glob.glob(sys.argv[1] + "/*.onnx")
        for file in files:
            model = onnx.load(file)
            onnx.checker.check_model(model, full_check=True)
            onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        print(len(files), "accepted")
        """;

    public static async Task<(int Code, string Text)> Run(string folder)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Script, folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
