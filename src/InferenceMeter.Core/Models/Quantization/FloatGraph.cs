using InferenceMeter.Models.Onnx;

namespace InferenceMeter.Models.Quantization;

/// <summary>
/// A float32 graph as quantisation wants it: constants as initialisers, BatchNorm inside the convolutions, operator set
/// 13.
/// </summary>
internal static class FloatGraph
{
    // From here on DequantizeLinear has a scale for each channel.
    private const long Opset = 13;

    // Initialisers need not be inputs any more from IR version 4 on; 7 is that of operator set 13.
    private const long IrVersion = 7;

    /// <summary>
    /// Operators that mean the same in operator sets 7 to 13, when their inputs and attributes are those of 7.
    /// </summary>
    private static readonly HashSet<string> Lasting = new(StringComparer.Ordinal)
    {
        "Conv",
        "Relu",
        "MaxPool",
        "AveragePool",
        "GlobalAveragePool",
        "Add",
        "Mul",
        "Sub",
        "Div",
        "Gemm",
        "MatMul",
        "Flatten",
        "Reshape",
        "Transpose",
        "Concat",
        "BatchNormalization",
        "Identity",
        "Constant",
        "Cast",
        "Sigmoid",
        "LeakyRelu",
        "Shape",
        "Gather",
        "LRN",
        "Tanh",
        "Exp",
        "Sqrt",
        "Pow",
        "HardSigmoid",
    };

    /// <summary>Changes the model in place.</summary>
    /// <exception cref="ModelException">It cannot be brought to that form.</exception>
    public static void Prepare(string path, ModelProto model)
    {
        if (OnnxTensors.Precision(model.Graph) == "int8")
            throw new ModelException(
                $"{path}: it is quantised already; convert the fp32 or fp16 model that it was made of"
            );
        if (
            model.Functions.Count > 0
            || model.Graph.Node.Any(node =>
                node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0)
            )
        )
            throw new ModelException(
                $"{path}: it has functions or control flow; inline them (onnx.inliner) or export it without"
            );
        PrecisionConversion.Apply(path, model, "fp32");
        RaiseOpset(path, model);
        ConstantsToInitializers(model.Graph);
        var initializers = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var input in model.Graph.Input.Where(input => initializers.Contains(input.Name)).ToList())
            model.Graph.Input.Remove(input);
        DropIdentities(model.Graph);
        BatchNormFolding.Apply(model.Graph);
    }

    private static void RaiseOpset(string path, ModelProto model)
    {
        var standard = model.OpsetImport.First(entry => entry.Domain is "" or "ai.onnx");
        model.IrVersion = Math.Max(model.IrVersion, IrVersion);
        if (standard.Version >= Opset)
            return;
        if (
            model.Graph.Node.FirstOrDefault(node =>
                !PrecisionRules.IsStandard(node) || !Lasting.Contains(node.OpType)
            ) is
            { } changed
        )
            throw new ModelException(
                $"{path}: operator set {standard.Version}, and {changed.OpType} means something else in "
                    + $"{Opset}, which int8 needs; use onnx.version_converter"
            );
        standard.Version = Opset;
    }

    private static void ConstantsToInitializers(GraphProto graph)
    {
        foreach (
            var node in graph.Node.Where(node => PrecisionRules.IsStandard(node) && node.OpType == "Constant").ToList()
        )
        {
            if (node.Attribute.FirstOrDefault() is not { Name: "value", T: { } tensor })
                continue;
            tensor.Name = node.Output[0];
            graph.Initializer.Add(tensor);
            graph.Node.Remove(node);
        }
    }

    private static void DropIdentities(GraphProto graph)
    {
        var outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in graph.Node.ToList())
        {
            for (var i = 0; i < node.Input.Count; i++)
                node.Input[i] = sources.GetValueOrDefault(node.Input[i], node.Input[i]);
            // Dropout does nothing but in training, and says so only in a second output.
            if (
                !PrecisionRules.IsStandard(node)
                || node.OpType is not ("Identity" or "Dropout")
                || node.Output.Any(outputs.Contains)
            )
                continue;
            sources[node.Output[0]] = node.Input[0];
            graph.Node.Remove(node);
        }
    }
}
