using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using static InferenceMeter.Tests.Models.TinyGraph;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

public sealed class PrecisionRefusalTests
{
    [Theory]
    [InlineData("fp16")]
    [InlineData("fp32")]
    [InlineData("tf32")]
    public void A_quantised_model_is_refused(string precision) =>
        AssertRefused(
            Graph().Node("DynamicQuantizeLinear", "q", "relu"),
            "convert the fp32 model that it was made of",
            precision
        );

    [Fact]
    public void Control_flow_is_refused_by_the_name_of_its_node()
    {
        var body = new GraphProto
        {
            Name = "body",
            Output = { OnnxParts.Value("relu2", DataType.Float) },
            Node = { OnnxParts.Node("Relu", "r", ["relu"], "relu2") },
        };
        var branch = new AttributeProto
        {
            Name = "then_branch",
            Type = AttributeProto.Types.AttributeType.Graph,
            G = body,
        };

        AssertRefused(Graph().Node("If", "fork", "relu", branch), "If \"fork\" has a graph inside");
    }

    [Fact]
    public void Sparse_weights_functions_and_values_of_unknown_type_are_refused()
    {
        var sparse = Graph();
        sparse.Model.Graph.SparseInitializer.Add(
            new SparseTensorProto
            {
                Values = OnnxParts.FloatTensor("s", [1], 1),
                Indices = OnnxParts.Int64Tensor("", [0], 1),
            }
        );
        var functions = Graph();
        functions.Model.Functions.Add(new FunctionProto { Name = "f" });

        AssertRefused(sparse, "sparse weights; store them dense");
        AssertRefused(functions, "functions of its own");
        AssertRefused(
            Graph().Node("Invented", "new", "relu").Node("Relu", "last", "new"),
            "the type of \"new\" is not in the graph"
        );
    }

    [Fact]
    public void An_unknown_operator_stays_in_float32_if_the_graph_says_what_it_gives()
    {
        var graph = Graph().Node("Invented", "new", "relu").Node("Relu", "last", "new");
        graph.Model.Graph.Node[^2].Domain = "org.example";
        graph.Model.Graph.ValueInfo.Add(OnnxParts.Value("new", DataType.Float));

        Assert.Equal([DataType.Float], Reads(graph.ToHalf(), "new"));
    }

    [Fact]
    public void A_model_of_which_nothing_heavy_can_be_half_is_refused() =>
        AssertRefused(
            new TinyGraph().Weights("w", Numbers(9, 1e6f), 3, 3, 1, 1).Node("Conv", "conv", "x w"),
            "no convolution or matrix product"
        );

    [Fact]
    public void Another_precision_is_refused_before_the_file_is_read()
    {
        AssertRefused(Graph(), "no precision \"fp8\"; it is one of fp32, tf32, fp16", "fp8");
        Assert.Contains(
            "fp8",
            Assert.Throws<ModelException>(() => OnnxModelLoader.Load("no such file", precision: "fp8")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "fp8",
            Assert
                .Throws<ModelException>(() =>
                    DefaultModel.Load("no such folder", _ => Assert.Fail("no warning"), "fp8")
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    private static TinyGraph Graph() =>
        new TinyGraph().Weights("w", Numbers(9), 3, 3, 1, 1).Node("Conv", "conv", "x w").Node("Relu", "relu", "conv");

    private static void AssertRefused(TinyGraph graph, string message, string precision = "fp16")
    {
        var exception = Assert.Throws<ModelException>(() =>
            PrecisionConversion.Apply("tiny.onnx", graph.Single(), precision)
        );
        Assert.StartsWith("tiny.onnx: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
