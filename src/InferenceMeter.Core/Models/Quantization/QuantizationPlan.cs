using InferenceMeter.Models.Onnx;

namespace InferenceMeter.Models.Quantization;

/// <summary>A convolution or matrix product with constant weights.</summary>
/// <param name="Node">In the graph.</param>
/// <param name="WeightAxis">Of the output channels in the weights.</param>
/// <param name="Bias">Index of the bias among the inputs; <see langword="null"/> when it has none.</param>
internal sealed record WeightedNode(NodeProto Node, int WeightAxis, int? Bias);

/// <summary>
/// What of a prepared graph becomes int8: which nodes read quantised values, and which values are quantised. A ReLU
/// behind a node is
/// part of it: its result is quantised in place of its input, so that the runtime makes one integer kernel of both.
/// </summary>
internal sealed class QuantizationPlan
{
    /// <summary>They have an integer kernel, and read and give values of any range.</summary>
    private static readonly HashSet<string> Arithmetic = new(StringComparer.Ordinal)
    {
        "Add",
        "GlobalAveragePool",
        "AveragePool",
    };

    /// <summary>They only pick or move values: what comes out has the range of what goes in.</summary>
    private static readonly HashSet<string> Moving = new(StringComparer.Ordinal)
    {
        "MaxPool",
        "Flatten",
        "Reshape",
        "Transpose",
        "Squeeze",
        "Unsqueeze",
    };

    private readonly Dictionary<string, TensorProto> _constants;
    private readonly Dictionary<string, List<NodeProto>> _readers;
    private readonly HashSet<string> _outputs;

    /// <exception cref="ModelException">Nothing of it can be quantised.</exception>
    public QuantizationPlan(string path, GraphProto graph, QuantizationOptions options)
    {
        _constants = graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        _outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        _readers = graph
            .Node.SelectMany(node => node.Input.Distinct(StringComparer.Ordinal).Select(input => (input, node)))
            .GroupBy(pair => pair.input, StringComparer.Ordinal)
            .ToDictionary(
                group => group.Key,
                group => group.Select(pair => pair.node).ToList(),
                StringComparer.Ordinal
            );
        Weighted = Find(graph, options);
        if (Weighted.Count == 0)
            throw new ModelException(
                $"{path}: no convolution or matrix product of it has constant float weights, so there is "
                    + "nothing to quantise"
            );
        foreach (var weighted in Weighted.Values)
        {
            Values.Add(weighted.Node.Input[0]);
            AddResult(weighted.Node);
        }

        foreach (var node in graph.Node.Where(PrecisionRules.IsStandard))
        {
            if (
                Arithmetic.Contains(node.OpType)
                && node.Input.All(input => !_constants.ContainsKey(input))
                && node.Input.Any(Values.Contains)
            )
            {
                Others.Add(node);
                Values.UnionWith(node.Input);
                AddResult(node);
            }
            else if (
                Moving.Contains(node.OpType)
                && node.Output.Count == 1
                && Source(node.Input[0]) is { } source
                && !_outputs.Contains(node.Output[0])
            )
            {
                Others.Add(node);
                Values.Add(node.Output[0]);
                Same[node.Output[0]] = source;
            }
        }
    }

    /// <summary>Convolutions and matrix products, by name of their (first) output.</summary>
    public IReadOnlyDictionary<string, WeightedNode> Weighted { get; }

    /// <summary>Further nodes that read and give quantised values.</summary>
    public HashSet<NodeProto> Others { get; } = [];

    /// <summary>Values that are quantised.</summary>
    public HashSet<string> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>Values that have the range of another.</summary>
    public Dictionary<string, string> Same { get; } = new(StringComparer.Ordinal);

    /// <summary>Values whose range calibration has to find.</summary>
    public IEnumerable<string> Calibrated => Values.Where(value => !Same.ContainsKey(value));

    /// <summary>The value by which a value's range is known.</summary>
    public string RangeOf(string value) => Same.GetValueOrDefault(value, value);

    private string? Source(string value) => Values.Contains(value) ? RangeOf(value) : null;

    private Dictionary<string, WeightedNode> Find(GraphProto graph, QuantizationOptions options)
    {
        var found = graph.Node.Where(PrecisionRules.IsStandard).Select(Weigh).OfType<WeightedNode>().ToList();
        if (options.KeepFirst && found.FirstOrDefault(weighted => weighted.Node.OpType == "Conv") is { } first)
            found.Remove(first);
        if (options.KeepLast && found.LastOrDefault() is { Node.OpType: not "Conv" } last)
            found.Remove(last);
        return found.ToDictionary(weighted => weighted.Node.Output[0], StringComparer.Ordinal);
    }

    private WeightedNode? Weigh(NodeProto node)
    {
        if (
            node.OpType is not ("Conv" or "Gemm" or "MatMul")
            || node.Input.Count < 2
            || _constants.ContainsKey(node.Input[0])
            || !_constants.TryGetValue(node.Input[1], out var weight)
        )
            return null;
        if ((TensorProto.Types.DataType)weight.DataType != TensorProto.Types.DataType.Float)
            return null;
        var bias = node.Input.Count > 2 && node.Input[2].Length > 0 ? 2 : (int?)null;
        return node.OpType switch
        {
            "Conv" when IsBias(0) => new WeightedNode(node, 0, bias),
            "Gemm"
                when weight.Dims.Count == 2
                    && Attribute("alpha", 1) == 1
                    && Attribute("beta", 1) == 1
                    && Flag("transA") == 0
                    && IsBias(Flag("transB") == 1 ? 0 : 1) => new WeightedNode(node, Flag("transB") == 1 ? 0 : 1, bias),
            "MatMul" when weight.Dims.Count == 2 => new WeightedNode(node, 1, null),
            _ => null,
        };

        bool IsBias(int axis) =>
            bias is null
            || (
                _constants.TryGetValue(node.Input[2], out var constant)
                && constant.Dims.Count == 1
                && constant.Dims[0] == weight.Dims[axis]
            );
        float Attribute(string name, float otherwise) =>
            node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.F ?? otherwise;
        long Flag(string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.I ?? 0;
    }

    private void AddResult(NodeProto node)
    {
        var value = node.Output[0];
        if (
            !_outputs.Contains(value)
            && _readers.TryGetValue(value, out var readers)
            && readers is [{ OpType: "Relu" } relu]
            && PrecisionRules.IsStandard(relu)
        )
            value = relu.Output[0];
        // What leaves the graph is wanted as float.
        if (!_outputs.Contains(value))
            Values.Add(value);
    }
}
