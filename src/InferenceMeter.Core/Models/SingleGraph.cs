using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>
/// float16 to float32 in all of a model. All types change together, so subgraphs and functions stay consistent.
/// </summary>
internal static class SingleGraph
{
    /// <summary>Changes the model in place.</summary>
    public static void Apply(ModelProto model)
    {
        DropCasts(model);
        foreach (var tensor in OnnxTensors.All(model).Where(tensor => (DataType)tensor.DataType == DataType.Float16))
            HalfTensors.Widen(tensor);
        Widen(model.Graph);
        foreach (var function in model.Functions)
        {
            foreach (var value in function.ValueInfo)
                Widen(value.Type);
            foreach (var node in function.Node)
                Widen(node);
            foreach (var attribute in function.AttributeProto)
                Widen(attribute);
        }
    }

    private static void Widen(GraphProto graph)
    {
        foreach (var value in graph.Input.Concat(graph.ValueInfo).Concat(graph.Output))
            Widen(value.Type);
        foreach (var node in graph.Node)
            Widen(node);
    }

    private static void Widen(NodeProto node)
    {
        foreach (var attribute in node.Attribute)
            Widen(attribute);
    }

    private static void Widen(AttributeProto attribute)
    {
        // The attributes by which operators (Cast, EyeLike, RandomNormal, windows) name the type of their result.
        if (attribute is { Name: "to" or "dtype" or "output_datatype", I: (int)DataType.Float16 })
            attribute.I = (int)DataType.Float;
        if (attribute.G is not null)
            Widen(attribute.G);
        foreach (var graph in attribute.Graphs)
            Widen(graph);
        Widen(attribute.Tp);
        foreach (var type in attribute.TypeProtos)
            Widen(type);
    }

    private static void Widen(TypeProto? type)
    {
        if (type?.TensorType is { ElemType: (int)DataType.Float16 } tensor)
            tensor.ElemType = (int)DataType.Float;
        if (type?.SparseTensorType is { ElemType: (int)DataType.Float16 } sparse)
            sparse.ElemType = (int)DataType.Float;
        if (type?.SequenceType is { } sequence)
            Widen(sequence.ElemType);
        if (type?.OptionalType is { } optional)
            Widen(optional.ElemType);
        if (type?.MapType is { } map)
            Widen(map.ValueType);
    }

    /// <summary>
    /// Casts between float16 and float32 say nothing any more. A graph that has others inside keeps them: those read
    /// its values by name.
    /// </summary>
    private static void DropCasts(ModelProto model)
    {
        var graph = model.Graph;
        if (
            graph.Node.Any(node =>
                node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0)
            )
        )
            return;
        var types = new ValueTypes(graph);
        var outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var kept = new List<NodeProto>();
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = sources.GetValueOrDefault(node.Input[i], node.Input[i]);
            if (
                PrecisionRules.IsStandard(node)
                && node.OpType == "Cast"
                && IsFloat(types.Of(node.Input[0]))
                && IsFloat(types.Of(node.Output[0]))
                && !outputs.Contains(node.Output[0])
            )
                sources[node.Output[0]] = node.Input[0];
            else
                kept.Add(node);
        }

        graph.Node.Clear();
        graph.Node.Add(kept);
    }

    private static bool IsFloat(DataType type) => type is DataType.Float or DataType.Float16;
}
