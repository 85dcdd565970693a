using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>The output with one score a class: [N, C] or [N, C, 1, 1].</summary>
internal sealed record ClassifierOutput
{
    /// <summary>Value name in the graph.</summary>
    public required string Name { get; init; }

    /// <summary>float32, float16 or double.</summary>
    public required DataType Type { get; init; }

    /// <summary>2 or 4.</summary>
    public required int Rank { get; init; }

    /// <summary>C.</summary>
    public required int Size { get; init; }

    /// <summary>It comes out of a Softmax.</summary>
    public required bool Probabilities { get; init; }

    /// <summary>Whether its first score is that of a background class, which is dropped.</summary>
    public bool HasBackground { get; init; }

    /// <summary>The classes that are told apart: C, less a background class.</summary>
    public int Classes => HasBackground ? Size - 1 : Size;

    private const int MaxClasses = 10_000_000;

    // They move or convert numbers and leave a distribution one.
    private static readonly HashSet<string> PassThrough = new(StringComparer.Ordinal)
    {
        "Identity",
        "Cast",
        "Flatten",
        "Reshape",
        "Squeeze",
        "Unsqueeze",
        "Dropout",
        "QuantizeLinear",
        "DequantizeLinear",
    };

    /// <exception cref="ModelException">There is none.</exception>
    public static ClassifierOutput Find(string path, GraphProto graph, SidecarSettings settings)
    {
        var producers = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
                producers.TryAdd(output, node);
        }

        foreach (var output in graph.Output)
        {
            var tensor = output.Type?.TensorType;
            if (
                tensor is null
                || (DataType)tensor.ElemType is not (DataType.Float or DataType.Float16 or DataType.Double)
            )
                continue;
            var rank = tensor.Shape?.Dim.Count ?? 2;
            if (rank is not (2 or 4))
                continue;
            // An undeclared number of classes is found from the last matrix product, or the user says it.
            var classes =
                Declared(tensor.Shape) ?? settings.Whole("classes") ?? Inferred(graph, producers, output.Name);
            if (classes is not (>= 2 and <= MaxClasses))
                continue;
            if (rank == 4 && !(IsOne(tensor.Shape!.Dim[2]) && IsOne(tensor.Shape.Dim[3])))
                continue;
            return new ClassifierOutput
            {
                Name = output.Name,
                Type = (DataType)tensor.ElemType,
                Rank = rank,
                Size = (int)classes,
                Probabilities = EndsInSoftmax(producers, output.Name),
            };
        }

        var shapes = string.Join(", ", graph.Output.Select(ImageInput.Shape));
        throw new ModelException(
            $"{path}: no classifier output ([N,C] or [N,C,1,1] of floating point, C from 2); its outputs: "
                + $"{(shapes.Length > 0 ? shapes : "none")}"
                + "; if the number of classes is not in the graph, give \"classes\" in a sidecar (models/README.md)"
        );
    }

    private static long? Declared(TensorShapeProto? shape) =>
        shape?.Dim[1] is { HasDimValue: true, DimValue: > 0 and var size } ? size : null;

    private static bool IsOne(TensorShapeProto.Types.Dimension dim) => !dim.HasDimValue || dim.DimValue == 1;

    private static bool EndsInSoftmax(Dictionary<string, NodeProto> producers, string value) =>
        Origin(producers, value)?.OpType == "Softmax";

    /// <summary>The node behind a value, looking through those that only pass numbers on.</summary>
    private static NodeProto? Origin(Dictionary<string, NodeProto> producers, string value)
    {
        // A well-formed graph has no cycle; a broken one must not hang us.
        for (var steps = 0; steps <= producers.Count; steps++)
        {
            if (!producers.TryGetValue(value, out var node))
                return null;
            if (!PassThrough.Contains(node.OpType) || node.Input.Count == 0)
                return node;
            value = node.Input[0];
        }

        return null;
    }

    private static long? Inferred(GraphProto graph, Dictionary<string, NodeProto> producers, string value)
    {
        var node = Origin(producers, value);
        if (node is { OpType: "Softmax" or "LogSoftmax", Input.Count: > 0 })
            node = Origin(producers, node.Input[0]);
        if (node is not { OpType: "Gemm" or "MatMul" or "Add" })
            return null;
        var transposed =
            node.OpType == "Gemm" && node.Attribute.Any(attribute => attribute is { Name: "transB", I: 1 });
        // Quantised weights stand behind a DequantizeLinear.
        var inputs = node
            .Input.Take(2)
            .Select(input =>
                producers.TryGetValue(input, out var producer) && producer.OpType == "DequantizeLinear"
                    ? producer.Input[0]
                    : input
            )
            .ToArray();
        var weight = graph.Initializer.LastOrDefault(tensor => inputs.Contains(tensor.Name, StringComparer.Ordinal));
        if (weight is not { Dims.Count: >= 1 })
            return null;
        return weight.Dims[transposed ? 0 : ^1];
    }
}
