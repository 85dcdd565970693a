using System.Runtime.InteropServices;
using Google.Protobuf;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

/// <summary>A classifier of 16 x 12 pixels and a few weights, in every shape a user's may have.</summary>
internal sealed record TinyModel
{
    public const int Height = 16;
    public const int Width = 12;
    public const int Classes = 5;

    public DataType Type { get; init; } = DataType.Float;
    public bool ChannelsFirst { get; init; } = true;
    public int? Batch { get; init; }
    public bool DynamicSize { get; init; }
    public bool Softmax { get; init; }
    public bool OutputRank4 { get; init; }
    public bool InitializersAreInputs { get; init; }
    public int IrVersion { get; init; } = 8;
    public long Opset { get; init; } = 13;
    public int Outputs { get; init; } = Classes;

    /// <summary>The class of the best score is an output, too, in front of the scores.</summary>
    public bool ArgMaxFirst { get; init; }

    public DataType WeightType => Type == DataType.Float16 ? DataType.Float16 : DataType.Float;

    public ModelProto Build()
    {
        var graph = new GraphProto { Name = "tiny" };
        object batch = Batch is { } size ? size : "N";
        object?[] sides = DynamicSize ? ["H", null] : [Height, Width];
        graph.Input.Add(
            ChannelsFirst
                ? OnnxParts.Value("x", Type, batch, 3, sides[0], sides[1])
                : OnnxParts.Value("x", Type, batch, sides[0], sides[1], 3)
        );
        var value = "x";
        if (!ChannelsFirst)
            value = Add(graph, "Transpose", "nchw", [value], OnnxParts.Ints("perm", 0, 3, 1, 2));
        if (Type == DataType.Uint8)
        {
            value = Add(graph, "Cast", "float", [value], OnnxParts.Int("to", (int)DataType.Float));
            graph.Initializer.Add(Weights("scale", 7, 0.01f, 1));
            value = Add(graph, "Mul", "scaled", [value, "scale"]);
        }

        graph.Initializer.Add(Weights("conv.w", 1, 0.3f, 8, 3, 3, 3));
        graph.Initializer.Add(Weights("conv.b", 2, 0.3f, 8));
        graph.Initializer.Add(Weights("fc.w", 3, 1f, Outputs, 8));
        graph.Initializer.Add(Weights("fc.b", 4, 1f, Outputs));
        value = Add(
            graph,
            "Conv",
            "conv",
            [value, "conv.w", "conv.b"],
            OnnxParts.Ints("kernel_shape", 3, 3),
            OnnxParts.Ints("strides", 2, 2)
        );
        value = Add(graph, "Relu", "relu", [value]);
        value = Add(graph, "GlobalAveragePool", "pool", [value]);
        value = Add(graph, "Flatten", "flat", [value]);
        value = Add(graph, "Gemm", "fc", [value, "fc.w", "fc.b"], OnnxParts.Int("transB", 1));
        if (Softmax)
            value = Add(graph, "Softmax", "softmax", [value], OnnxParts.Int("axis", 1));
        if (OutputRank4)
        {
            graph.Initializer.Add(OnnxParts.Int64Tensor("shape", [-1, Outputs, 1, 1], 4));
            value = Add(graph, "Reshape", "rank4", [value, "shape"]);
        }

        if (ArgMaxFirst)
        {
            var best = Add(graph, "ArgMax", "ArgMax", [value], OnnxParts.Int("axis", 1), OnnxParts.Int("keepdims", 0));
            graph.Output.Add(OnnxParts.Value(best, DataType.Int64, batch));
        }

        object[] shape = OutputRank4 ? [batch, Outputs, 1, 1] : [batch, Outputs];
        graph.Output.Add(OnnxParts.Value(value, WeightType, shape));
        if (InitializersAreInputs)
        {
            foreach (var tensor in graph.Initializer)
                graph.Input.Add(
                    OnnxParts.Value(tensor.Name, (DataType)tensor.DataType, [.. tensor.Dims.Select(dim => (object)dim)])
                );
        }

        var model = new ModelProto { IrVersion = IrVersion, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        return model;
    }

    /// <summary>Moves the weights into a file beside the model, as large models are stored.</summary>
    public static void MakeExternal(ModelProto model, string dataPath)
    {
        using var data = File.Create(dataPath);
        foreach (var tensor in model.Graph.Initializer)
        {
            tensor.ExternalData.Add(
                new StringStringEntryProto { Key = "location", Value = Path.GetFileName(dataPath) }
            );
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = data.Position.ToString() });
            tensor.ExternalData.Add(
                new StringStringEntryProto { Key = "length", Value = tensor.RawData.Length.ToString() }
            );
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            data.Write(tensor.RawData.Span);
            tensor.ClearRawData();
        }
    }

    public static void Write(ModelProto model, string path) => File.WriteAllBytes(path, model.ToByteArray());

    private static string Add(
        GraphProto graph,
        string type,
        string name,
        string[] inputs,
        params AttributeProto[] attributes
    )
    {
        graph.Node.Add(OnnxParts.Node(type, name, inputs, name + ".out", attributes));
        return name + ".out";
    }

    private TensorProto Weights(string name, ulong seed, float sigma, params long[] dims)
    {
        var values = new float[dims.Aggregate(1L, (product, dim) => product * dim)];
        SyntheticWeights.Fill(values, seed, sigma);
        if (WeightType != DataType.Float16)
            return OnnxParts.FloatTensor(name, values, dims);
        return OnnxParts.RawTensor(
            name,
            DataType.Float16,
            MemoryMarshal.AsBytes(values.Select(value => (Half)value).ToArray().AsSpan()).ToArray(),
            dims
        );
    }
}
