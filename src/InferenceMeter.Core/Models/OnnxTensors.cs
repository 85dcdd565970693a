using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>What the constants of a graph say about it.</summary>
internal static class OnnxTensors
{
    private static readonly HashSet<string> QuantizedOperators = new(StringComparer.Ordinal)
    {
        "QuantizeLinear",
        "DequantizeLinear",
        "DynamicQuantizeLinear",
        "QLinearConv",
        "QLinearMatMul",
        "ConvInteger",
        "MatMulInteger",
        "QGemm",
    };

    /// <summary>Every tensor in the model: initialisers and attributes, subgraphs and functions included.</summary>
    public static IEnumerable<TensorProto> All(ModelProto model) =>
        Of(model.Graph).Concat(model.Functions.SelectMany(function => Of(function.Node)));

    /// <summary>
    /// Weights and biases: elements of the initialisers and constants of the main graph that are not shapes or indices
    /// (BatchNorm's running statistics count where they are not folded; single numbers do not, nor scales and zero
    /// points of quantisation).
    /// </summary>
    public static long CountParameters(GraphProto graph)
    {
        var quantization = graph.Node.SelectMany(QuantizationParameters).ToHashSet(StringComparer.Ordinal);
        var biases = graph.Node.SelectMany(QuantizedBiases).ToHashSet(StringComparer.Ordinal);
        return graph
            .Initializer.Concat(graph.Node.Where(node => node.OpType == "Constant").SelectMany(Constants))
            .Where(tensor =>
                tensor.Dims.Count > 0
                && !quantization.Contains(tensor.Name)
                && (IsWeight((DataType)tensor.DataType) || biases.Contains(tensor.Name))
            )
            .Sum(tensor => tensor.Dims.Aggregate(1L, (product, dim) => product * dim));
    }

    private static IEnumerable<string> QuantizationParameters(NodeProto node) =>
        node.OpType switch
        {
            "QuantizeLinear" or "DequantizeLinear" => node.Input.Skip(1),
            "QLinearConv" or "QLinearMatMul" => node.Input.Where((_, i) => i is 1 or 2 or 4 or 5 or 6 or 7),
            _ => [],
        };

    /// <summary>They are int32, which else is a shape or an index.</summary>
    private static IEnumerable<string> QuantizedBiases(NodeProto node) =>
        node.OpType switch
        {
            "DequantizeLinear" => node.Input.Take(1),
            "QLinearConv" => node.Input.Skip(8),
            _ => [],
        };

    /// <summary>
    /// <c>int8</c> when it has quantised operators, <c>fp16</c> when the weights of its convolutions (else of its
    /// matrix products) are, else <c>fp32</c>.
    /// </summary>
    public static string Precision(GraphProto graph)
    {
        if (graph.Node.Any(node => QuantizedOperators.Contains(node.OpType)))
            return "int8";
        var types = new Dictionary<string, DataType>(StringComparer.Ordinal);
        foreach (var tensor in graph.Initializer)
            types[tensor.Name] = (DataType)tensor.DataType;
        foreach (var node in graph.Node.Where(node => node.Output.Count == 1))
        {
            // Some exporters turn or reshape weights in the graph.
            var moved =
                node.OpType is "Identity" or "Transpose" or "Reshape" && node.Input.Count > 0
                    ? types.GetValueOrDefault(node.Input[0])
                    : DataType.Undefined;
            var type =
                node.OpType == "Constant"
                    ? Constants(node).Select(tensor => (DataType)tensor.DataType).LastOrDefault()
                    : moved;
            if (type != DataType.Undefined)
                types[node.Output[0]] = type;
        }

        var heavy = graph.Node.Where(node => node.OpType == "Conv").ToList();
        if (heavy.Count == 0)
            heavy = graph.Node.Where(node => node.OpType is "Gemm" or "MatMul").ToList();
        return heavy.Any(node => node.Input.Any(input => types.GetValueOrDefault(input) == DataType.Float16))
            ? "fp16"
            : "fp32";
    }

    private static bool IsWeight(DataType type) =>
        type
            is DataType.Float
                or DataType.Float16
                or DataType.Bfloat16
                or DataType.Double
                or DataType.Int8
                or DataType.Uint8;

    private static IEnumerable<TensorProto> Constants(NodeProto node) =>
        node.Attribute.Where(attribute => attribute.T is not null).Select(attribute => attribute.T);

    private static IEnumerable<TensorProto> Of(GraphProto graph) =>
        graph.Initializer.Concat(graph.SparseInitializer.SelectMany(Of)).Concat(Of(graph.Node));

    private static IEnumerable<TensorProto> Of(IEnumerable<NodeProto> nodes) =>
        nodes.SelectMany(node => node.Attribute).SelectMany(Of);

    private static IEnumerable<TensorProto> Of(AttributeProto attribute)
    {
        IEnumerable<TensorProto> tensors = attribute.Tensors;
        if (attribute.T is not null)
            tensors = tensors.Append(attribute.T);
        if (attribute.SparseTensor is not null)
            tensors = tensors.Concat(Of(attribute.SparseTensor));
        if (attribute.G is not null)
            tensors = tensors.Concat(Of(attribute.G));
        return tensors.Concat(attribute.SparseTensors.SelectMany(Of)).Concat(attribute.Graphs.SelectMany(Of));
    }

    private static IEnumerable<TensorProto> Of(SparseTensorProto sparse) =>
        new[] { sparse.Values, sparse.Indices }.Where(tensor => tensor is not null);
}
