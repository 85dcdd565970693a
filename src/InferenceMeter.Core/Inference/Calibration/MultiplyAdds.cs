using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using Microsoft.ML.OnnxRuntime;
using static InferenceMeter.Models.OnnxNodes;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Inference.Calibration;

/// <summary>
/// Multiply-adds of an image: those of convolutions and matrix products, found by running one and looking at the
/// shapes.
/// </summary>
internal static class MultiplyAdds
{
    /// <param name="path">Of the model.</param>
    /// <param name="model">Changed.</param>
    /// <returns>
    /// <see langword="null"/> when it has such nodes in a form that is not known here, is no classifier, or cannot be
    /// run on this CPU.
    /// </returns>
    public static long? Count(string path, ModelProto model)
    {
        if (OnnxTensors.Precision(model.Graph) == "fp16")
            PrecisionConversion.Apply(path, model, "fp32");
        var weights = Weights(model.Graph);
        var nodes = new List<(string Output, long PerElement)>();
        foreach (var node in model.Graph.Node)
        {
            if (
                node.OpType
                is "QLinearConv"
                    or "ConvInteger"
                    or "QLinearMatMul"
                    or "MatMulInteger"
                    or "QGemm"
                    or "FusedConv"
            )
                return null;
            if (node.OpType is not ("Conv" or "Gemm" or "MatMul"))
                continue;
            if (!weights.TryGetValue(node.Input[1], out var dims))
                return null;
            nodes.Add((node.Output[0], Terms(node, dims)));
        }

        try
        {
            var wrapped = OnnxModelLoader.FromProto(model, "", path);
            var proto = wrapped.TakeGraph();
            var there = proto.Graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var (output, _) in nodes.Where(node => !there.Contains(node.Output)))
            {
                proto.Graph.Output.Add(Value(output, DataType.Float));
                proto.Graph.Output[^1].Type.TensorType.Shape = null;
            }

            using var options = OrtRuntime.CpuOptions(0, spinning: false);
            options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
            using var session = new InferenceSession(Google.Protobuf.MessageExtensions.ToByteArray(proto), options);
            var (batch, height, width) = (
                wrapped.Description.FixedBatch ?? 1,
                wrapped.Description.Height,
                wrapped.Description.Width
            );
            using var pixels = OrtValue.CreateTensorValueFromMemory(
                new byte[batch * height * width * 3],
                [batch, height, width, 3]
            );
            using var run = new RunOptions();
            using var values = session.Run(
                run,
                [wrapped.Values.Pixels],
                [pixels],
                [.. nodes.Select(node => node.Output)]
            );
            return nodes
                    .Zip(values, (node, value) => node.PerElement * value.GetTensorTypeAndShape().ElementCount)
                    .Sum() / batch;
        }
        catch (Exception e) when (e is OnnxRuntimeException or ModelException)
        {
            return null;
        }
    }

    /// <summary>Terms of the sum that each output element is: all of a filter, or the inner dimension.</summary>
    private static long Terms(NodeProto node, long[] dims)
    {
        if (node.OpType == "Conv")
            return dims.Skip(1).Aggregate(1L, (product, dim) => product * dim);
        return node.Attribute.Any(attribute => attribute is { Name: "transB", I: 1 }) ? dims[1] : dims[0];
    }

    /// <summary>Sizes of constant weights, also of those that are dequantised or turned on the way.</summary>
    private static Dictionary<string, long[]> Weights(GraphProto graph)
    {
        var sizes = graph.Initializer.ToDictionary(
            tensor => tensor.Name,
            tensor => tensor.Dims.ToArray(),
            StringComparer.Ordinal
        );
        foreach (var node in graph.Node.Where(node => node.Output.Count == 1))
        {
            if (
                node.OpType is "DequantizeLinear" or "QuantizeLinear" or "Cast" or "Identity"
                && sizes.TryGetValue(node.Input[0], out var same)
            )
                sizes[node.Output[0]] = same;
            else if (node.OpType == "Constant" && node.Attribute.FirstOrDefault()?.T is { } tensor)
                sizes[node.Output[0]] = [.. tensor.Dims];
            else if (
                node.OpType == "Transpose"
                && sizes.TryGetValue(node.Input[0], out var turned)
                && turned.Length == 2
            )
                sizes[node.Output[0]] = [turned[1], turned[0]];
        }

        return sizes;
    }
}
