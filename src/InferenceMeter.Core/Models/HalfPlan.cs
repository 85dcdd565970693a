using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>Which nodes of a float32 graph compute in half, and who reads its constants. Changes nothing.</summary>
internal sealed class HalfPlan
{
    private readonly HashSet<NodeProto> _half = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _single = new(StringComparer.Ordinal);
    private readonly HashSet<string> _readAsHalf = new(StringComparer.Ordinal);
    private readonly HashSet<string> _readAsSingle = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorRange> _ranges = new(StringComparer.Ordinal);
    private readonly ValueTypes _types;

    // Values in which a constant past the range of half may still be (a mask of -1e9): rounded, it would be infinite.
    private readonly HashSet<string> _wide = new(StringComparer.Ordinal);

    public HalfPlan(GraphProto graph, long opset, ValueTypes types)
    {
        _types = types;
        foreach (var tensor in graph.Initializer)
            AddConstant(tensor.Name, tensor);
        foreach (var node in graph.Node.Where(node => PrecisionRules.IsStandard(node) && node.OpType == "Constant"))
        {
            foreach (var attribute in node.Attribute.Where(attribute => attribute is { Name: "value", T: not null }))
                AddConstant(node.Output[0], attribute.T);
        }

        foreach (var node in graph.Node)
            Decide(node, opset);
        foreach (var node in graph.Node)
            CountReaders(node);
        // An input that only float32 operators read need not be rounded first.
        _single.UnionWith(
            graph
                .Input.Select(input => input.Name)
                .Where(name => !Constants.ContainsKey(name) && !_readAsHalf.Contains(name))
        );
    }

    /// <summary>float32 tensors by the value that they are: initialisers, and those of Constant nodes.</summary>
    public Dictionary<string, TensorProto> Constants { get; } = new(StringComparer.Ordinal);

    public bool IsHalf(NodeProto node) => _half.Contains(node);

    /// <summary>A float32 value that is no constant becomes half.</summary>
    public bool IsHalf(string value) => !_single.Contains(value);

    public bool IsReadAsHalf(string value) => _readAsHalf.Contains(value);

    public bool IsReadAsSingle(string value) => _readAsSingle.Contains(value);

    private void AddConstant(string name, TensorProto tensor)
    {
        if ((DataType)tensor.DataType == DataType.Float)
            Constants[name] = tensor;
    }

    private void Decide(NodeProto node, long opset)
    {
        if (
            !node.Input.Concat(node.Output).Any(value => _types.Of(value) == DataType.Float)
            || Constants.ContainsKey(node.Output[0])
        )
            return;
        var ranges = Ranges(node).ToList();
        var wide = node.Input.Any(_wide.Contains);
        var half =
            PrecisionRules.IsProduct(node)
            || (
                PrecisionRules.IsFollower(node, opset, _types)
                && !node.Input.Where((input, i) => _single.Contains(input) && !PrecisionRules.IsFixed(node, i)).Any()
            );
        if (half && !wide && !ranges.Any(entry => PrecisionRules.Forbids(node, entry.Input, entry.Range)))
        {
            _half.Add(node);
            return;
        }

        wide |= ranges.Any(entry => entry.Range.Overflows);
        foreach (var output in node.Output.Where(output => _types.Of(output) == DataType.Float))
        {
            _single.Add(output);
            if (wide && PrecisionRules.PassesOn(node))
                _wide.Add(output);
        }
    }

    /// <summary>Of the float32 constants that the node would read, or hold, as half.</summary>
    private IEnumerable<(int Input, TensorRange Range)> Ranges(NodeProto node)
    {
        if (node.OpType == "ConstantOfShape")
        {
            foreach (var attribute in node.Attribute.Where(attribute => attribute.T is not null))
                yield return (0, HalfTensors.Range(attribute.T));
        }

        for (var i = 0; i < node.Input.Count; i++)
        {
            if (PrecisionRules.IsFixed(node, i) || !Constants.TryGetValue(node.Input[i], out var tensor))
                continue;
            if (!_ranges.TryGetValue(node.Input[i], out var range))
                _ranges[node.Input[i]] = range = HalfTensors.Range(tensor);
            yield return (i, range);
        }
    }

    private void CountReaders(NodeProto node)
    {
        for (var i = 0; i < node.Input.Count; i++)
        {
            (IsHalf(node) && !PrecisionRules.IsFixed(node, i) ? _readAsHalf : _readAsSingle).Add(node.Input[i]);
        }
    }
}
