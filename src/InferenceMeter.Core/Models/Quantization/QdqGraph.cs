using InferenceMeter.Models.Onnx;
using static InferenceMeter.Models.OnnxNodes;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models.Quantization;

/// <summary>
/// Writes a plan into the graph in QDQ form: a QuantizeLinear and a DequantizeLinear around each quantised value, and
/// weights and biases
/// as integers with a DequantizeLinear. A runtime makes integer kernels of what stands between them; one that does not
/// computes the same in float.
/// </summary>
internal sealed class QdqGraph
{
    private readonly GraphProto _graph;
    private readonly QuantizationPlan _plan;
    private readonly IReadOnlyDictionary<string, ActivationRange> _ranges;
    private readonly QuantizationOptions _options;
    private readonly UniqueNames _names;
    private readonly Dictionary<string, TensorProto> _constants;
    private readonly Dictionary<string, string> _dequantized = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, int, string), string> _weights = [];
    private readonly List<NodeProto> _nodes = [];

    private QdqGraph(
        GraphProto graph,
        QuantizationPlan plan,
        IReadOnlyDictionary<string, ActivationRange> ranges,
        QuantizationOptions options
    )
    {
        _graph = graph;
        _plan = plan;
        _ranges = ranges;
        _options = options;
        _names = new UniqueNames(graph);
        _constants = graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>Changes the graph in place.</summary>
    /// <param name="ranges">Of all values that the plan has calibrated.</param>
    public static void Apply(
        GraphProto graph,
        QuantizationPlan plan,
        IReadOnlyDictionary<string, ActivationRange> ranges,
        QuantizationOptions options
    ) => new QdqGraph(graph, plan, ranges, options).Apply();

    private void Apply()
    {
        foreach (var input in _graph.Input)
            Quantize(input.Name);
        foreach (var node in _graph.Node)
        {
            if (_plan.Weighted.TryGetValue(node.Output[0], out var weighted) && ReferenceEquals(weighted.Node, node))
                QuantizeWeights(weighted);
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = _dequantized.GetValueOrDefault(node.Input[i], node.Input[i]);
            _nodes.Add(node);
            foreach (var output in node.Output)
                Quantize(output);
        }

        _graph.Node.Clear();
        _graph.Node.Add(_nodes);
        var read = _graph.Node.SelectMany(node => node.Input).ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in _graph.Initializer.Where(tensor => !read.Contains(tensor.Name)).ToList())
            _graph.Initializer.Remove(tensor);
    }

    private void Quantize(string value)
    {
        if (!_plan.Values.Contains(value))
            return;
        var (scale, zero) = _ranges[_plan.RangeOf(value)].Parameters(_options.Symmetric);
        var (scaleName, zeroName) = (
            Add(FloatTensor(_names.New($"{value}/scale"), [scale])),
            Add(
                RawTensor(
                    _names.New($"{value}/zero"),
                    _options.Symmetric ? DataType.Int8 : DataType.Uint8,
                    [(byte)zero]
                )
            )
        );
        var (quantized, dequantized) = (_names.New($"{value}/quantized"), _names.New($"{value}/dequantized"));
        _nodes.Add(Node("QuantizeLinear", quantized, [value, scaleName, zeroName], quantized));
        _nodes.Add(Node("DequantizeLinear", dequantized, [quantized, scaleName, zeroName], dequantized));
        _dequantized[value] = dequantized;
    }

    private void QuantizeWeights(WeightedNode weighted)
    {
        var (node, axis) = (weighted.Node, weighted.WeightAxis);
        var inputScale = _ranges[_plan.RangeOf(node.Input[0])].Parameters(_options.Symmetric).Scale;
        var weight = _constants[node.Input[1]];
        var scales = WeightQuantization.Scales(weight, axis, _options.WeightBits);
        if (weighted.Bias is { } index)
        {
            var bias = WeightQuantization.Floats(_constants[node.Input[index]]);
            scales = WeightQuantization.FitBias(scales, bias, inputScale);
            var productScales = Array.ConvertAll(scales, scale => scale * inputScale);
            var quantized = Add(
                WeightQuantization.Bias(_names.New($"{node.Input[index]}/int32"), bias, inputScale, scales)
            );
            node.Input[index] = Dequantize(
                quantized,
                Add(FloatTensor(_names.New($"{node.Input[index]}/scale"), productScales, productScales.Length)),
                zero: null,
                axis: 0
            );
        }

        // Nodes that share weights share the integers, unless a bias asked for other scales.
        var key = (node.Input[1], axis, string.Join(' ', scales));
        if (!_weights.TryGetValue(key, out var dequantized))
        {
            var quantized = Add(
                WeightQuantization.Weight(
                    _names.New($"{node.Input[1]}/int8"),
                    weight,
                    axis,
                    scales,
                    _options.WeightBits
                )
            );
            var zero = Add(
                RawTensor(_names.New($"{node.Input[1]}/zero"), DataType.Int8, new byte[scales.Length], scales.Length)
            );
            _weights[key] = dequantized = Dequantize(
                quantized,
                Add(FloatTensor(_names.New($"{node.Input[1]}/scale"), scales, scales.Length)),
                zero,
                axis
            );
        }

        node.Input[1] = dequantized;
    }

    private string Dequantize(string quantized, string scale, string? zero, int axis)
    {
        var output = _names.New($"{quantized}/dequantized");
        _nodes.Add(
            Node(
                "DequantizeLinear",
                output,
                zero is null ? [quantized, scale] : [quantized, scale, zero],
                output,
                Int("axis", axis)
            )
        );
        return output;
    }

    private string Add(TensorProto tensor)
    {
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }
}
