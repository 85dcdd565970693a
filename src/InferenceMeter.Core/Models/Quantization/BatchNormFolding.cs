using InferenceMeter.Models.Onnx;
using static InferenceMeter.Models.OnnxNodes;

namespace InferenceMeter.Models.Quantization;

/// <summary>
/// BatchNorm behind a convolution, in inference a scale and an offset for each channel, becomes part of its weights and
/// bias
/// (B. Jacob et al., Quantization and Training of Neural Networks, 2018, section 3.2).
/// </summary>
internal static class BatchNormFolding
{
    private const float DefaultEpsilon = 1e-5f;

    /// <summary>Changes the graph in place.</summary>
    public static void Apply(GraphProto graph)
    {
        var tensors = graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var producers = graph
            .Node.SelectMany(node => node.Output.Select(output => (output, node)))
            .ToDictionary(pair => pair.output, pair => pair.node, StringComparer.Ordinal);
        var uses = graph
            .Node.SelectMany(node => node.Input)
            .Concat(graph.Output.Select(output => output.Name))
            .GroupBy(name => name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var names = new UniqueNames(graph);
        foreach (
            var norm in graph
                .Node.Where(node => PrecisionRules.IsStandard(node) && node.OpType == "BatchNormalization")
                .ToList()
        )
        {
            if (
                norm.Output.Count(output => output.Length > 0) > 1
                || uses[norm.Input[0]] > 1
                || !producers.TryGetValue(norm.Input[0], out var conv)
                || conv.OpType != "Conv"
            )
                continue;
            if (
                !tensors.TryGetValue(conv.Input[1], out var weight)
                || norm.Input.Skip(1).Take(4).Any(name => !tensors.ContainsKey(name))
            )
                continue;
            if (conv.Input.Count > 2 && !tensors.ContainsKey(conv.Input[2]))
                continue;
            var (scale, offset, mean, variance) = (Values(1), Values(2), Values(3), Values(4));
            var epsilon = norm.Attribute.FirstOrDefault(attribute => attribute.Name == "epsilon")?.F ?? DefaultEpsilon;
            var factors = scale
                .Select((value, i) => (float)(value / Math.Sqrt(variance[i] + (double)epsilon)))
                .ToArray();
            var bias =
                conv.Input.Count > 2
                    ? WeightQuantization.Floats(tensors[conv.Input[2]]).ToArray()
                    : new float[factors.Length];
            for (var i = 0; i < bias.Length; i++)
                bias[i] = ((bias[i] - mean[i]) * factors[i]) + offset[i];

            var values = WeightQuantization.Floats(weight).ToArray();
            var inner = values.Length / factors.Length;
            for (var i = 0; i < values.Length; i++)
                values[i] *= factors[i / inner];
            // New tensors: another node may share the old ones.
            conv.Input[1] = Add(FloatTensor(names.New("folded/weight"), values, [.. weight.Dims]));
            var folded = Add(FloatTensor(names.New("folded/bias"), bias, bias.Length));
            if (conv.Input.Count > 2)
                conv.Input[2] = folded;
            else
                conv.Input.Add(folded);
            conv.Output[0] = norm.Output[0];
            graph.Node.Remove(norm);

            float[] Values(int input) => WeightQuantization.Floats(tensors[norm.Input[input]]).ToArray();
        }

        string Add(TensorProto tensor)
        {
            graph.Initializer.Add(tensor);
            tensors[tensor.Name] = tensor;
            return tensor.Name;
        }
    }
}
