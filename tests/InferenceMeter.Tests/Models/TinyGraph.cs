using System.Runtime.InteropServices;
using Google.Protobuf;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using Microsoft.ML.OnnxRuntime;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

/// <summary>A graph of a few nodes: input <c>x</c> float [1, 3, 4, 4], and the last node's output.</summary>
internal sealed class TinyGraph
{
    public const int Inputs = 48;

    private readonly GraphProto _graph = new() { Name = "tiny" };

    public TinyGraph(long opset = 13)
    {
        Model = new ModelProto { IrVersion = 7, Graph = _graph };
        Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        _graph.Input.Add(OnnxNodes.Value("x", DataType.Float, 1, 3, 4, 4));
    }

    public ModelProto Model { get; }

    public TinyGraph Weights(string name, float[] values, params long[] dims)
    {
        _graph.Initializer.Add(OnnxNodes.FloatTensor(name, values, dims));
        return this;
    }

    public TinyGraph Whole(string name, params long[] values)
    {
        _graph.Initializer.Add(OnnxNodes.Int64Tensor(name, values, values.Length));
        return this;
    }

    /// <summary>A node named as its output.</summary>
    public TinyGraph Node(string type, string output, string inputs, params AttributeProto[] attributes)
    {
        _graph.Node.Add(
            OnnxNodes.Node(
                type,
                output,
                inputs.Length == 0 ? [] : inputs.Split(' ').Select(input => input == "-" ? "" : input).ToArray(),
                output,
                attributes
            )
        );
        return this;
    }

    /// <summary>Ends the graph, converts it and gives it back.</summary>
    public ModelProto ToHalf()
    {
        var model = Single();
        PrecisionConversion.ToHalf("tiny", model);
        return model;
    }

    /// <summary>The model as it is built.</summary>
    public ModelProto Single()
    {
        var model = Model.Clone();
        model.Graph.Output.Add(OnnxNodes.Value(model.Graph.Node[^1].Output[0], DataType.Float));
        model.Graph.Output[0].Type.TensorType.Shape = null;
        return model;
    }

    public static NodeProto Find(ModelProto model, string name) => model.Graph.Node.Single(node => node.Name == name);

    /// <summary>Types that a node reads, as the graph has them.</summary>
    public static DataType[] Reads(ModelProto model, string node)
    {
        var types = new ValueTypes(model.Graph);
        return [.. Find(model, node).Input.Select(types.Of)];
    }

    public static int Casts(ModelProto model) => model.Graph.Node.Count(node => node.OpType == "Cast");

    /// <summary>The first output for an input of 48 numbers, through ONNX Runtime as it optimises by default.</summary>
    public static float[] Run(ModelProto model, float[] x)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var session = new InferenceSession(model.ToByteArray(), options);
        var half = (DataType)model.Graph.Input[0].Type.TensorType.ElemType == DataType.Float16;
        using var input = half
            ? OrtValue.CreateTensorValueFromMemory(x.Select(value => (Float16)value).ToArray(), [1, 3, 4, 4])
            : OrtValue.CreateTensorValueFromMemory(x, [1, 3, 4, 4]);
        using var run = new RunOptions();
        using var outputs = session.Run(run, ["x"], [input], [session.OutputNames[0]]);
        if ((DataType)model.Graph.Output[0].Type.TensorType.ElemType == DataType.Float)
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        return
        [
            .. MemoryMarshal
                .Cast<Float16, Half>(outputs[0].GetTensorDataAsSpan<Float16>())
                .ToArray()
                .Select(value => (float)value),
        ];
    }

    public static float[] Numbers(int count, float scale = 1, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() - 0.5) * 2 * scale))];
    }

    /// <summary>
    /// Converted and not, the graph gives nearly the same numbers (tolerance relative from 1 up, else absolute).
    /// </summary>
    public void AssertAgrees(double tolerance, float scale = 1)
    {
        var x = Numbers(Inputs, scale);
        var (expected, actual) = (Run(Single(), x), Run(ToHalf(), x));
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, tolerance * Math.Max(1, Math.Abs(expected[i])));
    }
}
