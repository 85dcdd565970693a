using InferenceMeter.Models.Onnx;
using static InferenceMeter.Models.OnnxNodes;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>
/// Carries out a <see cref="HalfPlan"/>. A value exists once, in the precision of the node that gives it; who wants it
/// in the other reads one Cast of it, shared by all such readers. So no two casts of ours ever undo each other.
/// </summary>
internal sealed class HalfGraph
{
    private readonly GraphProto _graph;
    private readonly HalfPlan _plan;
    private readonly ValueTypes _types;
    private readonly UniqueNames _names;
    private readonly List<NodeProto> _nodes = [];

    // The other precision of a value: a copy of a constant, or the output of a Cast.
    private readonly Dictionary<string, string> _others = new(StringComparer.Ordinal);

    private HalfGraph(GraphProto graph, HalfPlan plan, ValueTypes types)
    {
        _graph = graph;
        _plan = plan;
        _types = types;
        _names = new UniqueNames(graph);
    }

    /// <summary>Changes the graph in place.</summary>
    public static void Apply(GraphProto graph, HalfPlan plan, ValueTypes types) =>
        new HalfGraph(graph, plan, types).Apply();

    private void Apply()
    {
        foreach (var (name, tensor) in _plan.Constants)
            Narrow(name, tensor);
        foreach (var node in _graph.Node)
        {
            var half = _plan.IsHalf(node);
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = Read(node.Input[i], half && !PrecisionRules.IsFixed(node, i));
            if (half)
                NarrowResult(node);
            _nodes.Add(node);
        }

        _graph.Node.Clear();
        _graph.Node.Add(_nodes);
        foreach (var value in _graph.Input.Concat(_graph.ValueInfo).Concat(_graph.Output))
        {
            if (value.Type?.TensorType is { ElemType: (int)DataType.Float } tensor && IsHalf(value.Name))
                tensor.ElemType = (int)DataType.Float16;
        }
    }

    private void Narrow(string name, TensorProto tensor)
    {
        if (!_plan.IsReadAsHalf(name))
            return;
        if (_plan.IsReadAsSingle(name))
        {
            // Float32 readers get the exact values, so there are two copies. A Constant node, not an initialiser: those
            // of
            // old files (IR version 3) have to be inputs too.
            tensor = tensor.Clone();
            _others[name] = _names.New($"{name}/fp16");
            _nodes.Add(Node("Constant", _others[name], [], _others[name], Tensor("value", tensor)));
        }

        HalfTensors.Narrow(tensor);
    }

    private bool IsHalf(string value) =>
        _plan.Constants.TryGetValue(value, out var tensor)
            ? (DataType)tensor.DataType == DataType.Float16
            : _plan.IsHalf(value);

    private string Read(string value, bool half)
    {
        if (_types.Of(value) != DataType.Float || half == IsHalf(value))
            return value;
        if (_others.TryGetValue(value, out var other))
            return other;
        _others[value] = other = _names.New($"{value}/{(half ? "fp16" : "fp32")}");
        _nodes.Add(Node("Cast", other, [value], other, Int("to", (int)(half ? DataType.Float16 : DataType.Float))));
        return other;
    }

    /// <summary>The two operators whose result has the type of an attribute.</summary>
    private static void NarrowResult(NodeProto node)
    {
        var value = node.Attribute.FirstOrDefault(attribute => attribute.Name is "to" or "value");
        if (node.OpType == "Cast" && value!.I == (int)DataType.Float)
            value.I = (int)DataType.Float16;
        if (node.OpType != "ConstantOfShape")
            return;
        if (value is null)
            node.Attribute.Add(Tensor("value", RawTensor("", DataType.Float16, new byte[2], 1)));
        else
            HalfTensors.Narrow(value.T);
    }
}
