using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>
/// Element types of the values of a main graph, as far as it says them or its operators leave no choice.
/// </summary>
internal sealed class ValueTypes
{
    private readonly Dictionary<string, DataType> _types = new(StringComparer.Ordinal);

    public ValueTypes(GraphProto graph)
    {
        foreach (var value in graph.Input.Concat(graph.ValueInfo).Concat(graph.Output))
        {
            if (value.Type?.TensorType is { ElemType: not 0 } tensor)
                _types[value.Name] = (DataType)tensor.ElemType;
        }

        foreach (var tensor in graph.Initializer)
            _types[tensor.Name] = (DataType)tensor.DataType;
        foreach (var sparse in graph.SparseInitializer.Where(sparse => sparse.Values is not null))
            _types[sparse.Values.Name] = (DataType)sparse.Values.DataType;
        // Nodes come in order: what one reads, one before it wrote.
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Output.Count; i++)
                _types.TryAdd(node.Output[i], Inferred(node, i));
        }
    }

    /// <summary><see cref="DataType.Undefined"/> for an input left out, or a type that is not known.</summary>
    public DataType Of(string value) => _types.GetValueOrDefault(value);

    private DataType Inferred(NodeProto node, int output)
    {
        if (!PrecisionRules.IsStandard(node))
            return DataType.Undefined;
        switch (node.OpType)
        {
            case "Cast":
                return (DataType)(Attribute(node, "to")?.I ?? 0);
            case "Constant":
                return node.Attribute.Select(ConstantType).FirstOrDefault();
            case "ConstantOfShape":
                return (DataType)(Attribute(node, "value")?.T?.DataType ?? (int)DataType.Float);
            case "RandomNormal" or "RandomUniform":
                return (DataType)(Attribute(node, "dtype")?.I ?? (int)DataType.Float);
            case "EyeLike" or "RandomNormalLike" or "RandomUniformLike" or "Bernoulli":
                return Attribute(node, "dtype") is { } type ? (DataType)type.I : Input(node, 0);
            case "Shape" or "Size" or "NonZero" or "ArgMax" or "ArgMin" or "NonMaxSuppression":
                return DataType.Int64;
            case "Equal"
            or "Less"
            or "LessOrEqual"
            or "Greater"
            or "GreaterOrEqual"
            or "And"
            or "Or"
            or "Xor"
            or "Not"
            or "IsNaN"
            or "IsInf":
                return DataType.Bool;
            case "Where" or "CastLike":
                return Input(node, 1);
            case "OneHot":
                return Input(node, 2);
            case "TopK" or "MaxPool" when output == 1:
                return DataType.Int64;
            case "Dropout" when output == 1:
                return DataType.Bool;
            default:
                return PrecisionRules.KeepsType(node) ? Input(node, 0) : DataType.Undefined;
        }
    }

    private DataType Input(NodeProto node, int index) =>
        index < node.Input.Count ? Of(node.Input[index]) : DataType.Undefined;

    private static AttributeProto? Attribute(NodeProto node, string name) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    private static DataType ConstantType(AttributeProto attribute) =>
        attribute.Name switch
        {
            "value" => (DataType)(attribute.T?.DataType ?? 0),
            "sparse_value" => (DataType)(attribute.SparseTensor?.Values?.DataType ?? 0),
            "value_float" or "value_floats" => DataType.Float,
            "value_int" or "value_ints" => DataType.Int64,
            "value_string" or "value_strings" => DataType.String,
            _ => DataType.Undefined,
        };
}
