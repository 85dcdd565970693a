using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>Changes a model, in memory and in place, from float32 to float16 and back.</summary>
internal static class PrecisionConversion
{
    /// <summary>
    /// What a user may ask for; TF32 is a way in which GPUs multiply float32, so its graph is the same.
    /// </summary>
    private static readonly string[] Precisions = ["fp32", "tf32", "fp16"];

    /// <exception cref="ModelException">There is no such precision.</exception>
    public static void Check(string path, string? precision)
    {
        if (precision is not null && !Precisions.Contains(precision, StringComparer.Ordinal))
            throw new ModelException(
                $"{path}: no precision \"{precision}\"; it is one of {string.Join(", ", Precisions)}, or "
                    + "as the file has it"
            );
    }

    /// <summary>
    /// Converts to what is asked for; leaves a model alone that has it already, and any for <see langword="null"/>.
    /// </summary>
    /// <param name="path">For messages.</param>
    /// <param name="model">Changed in place.</param>
    /// <param name="precision"><c>fp32</c>, <c>tf32</c>, <c>fp16</c> or <see langword="null"/>.</param>
    /// <exception cref="ModelException">
    /// There is no such precision, or this model cannot be converted to it.
    /// </exception>
    public static void Apply(string path, ModelProto model, string? precision)
    {
        Check(path, precision);
        var wanted = precision == "tf32" ? "fp32" : precision;
        if (wanted is null || wanted == OnnxTensors.Precision(model.Graph))
            return;
        if (wanted == "fp32")
            ToSingle(path, model);
        else
            ToHalf(path, model);
        if (OnnxTensors.Precision(model.Graph) != wanted)
            throw Refusal(
                path,
                wanted,
                "no convolution or matrix product of it has weights that can be; run it as it is"
            );
    }

    /// <summary>
    /// float32 to float16, but for what needs the range or precision of float32 (<see cref="PrecisionRules"/>).
    /// </summary>
    /// <exception cref="ModelException">
    /// Quantised, or of a kind whose types cannot be told from the main graph alone.
    /// </exception>
    public static void ToHalf(string path, ModelProto model)
    {
        var graph = model.Graph;
        RefuseQuantized(path, "fp16", graph);
        if (model.Functions.Count > 0)
            throw Refusal(path, "fp16", "it has functions of its own; inline them (onnx.inliner)");
        // What a body gives to the graph around it, and takes from it, has one type only; a body would have to be
        // converted
        // together with all its callers.
        if (
            graph.Node.FirstOrDefault(node =>
                node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0)
            ) is
            { } control
        )
            throw Refusal(
                path,
                "fp16",
                $"{control.OpType} \"{control.Name}\" has a graph inside; export the model without control flow"
            );
        if (
            graph.SparseInitializer.Count > 0
            || graph.Node.Any(node =>
                node.Attribute.Any(attribute => attribute.SparseTensor is not null || attribute.SparseTensors.Count > 0)
            )
        )
            throw Refusal(path, "fp16", "it has sparse weights; store them dense");
        foreach (var node in graph.Node.Where(node => PrecisionRules.IsStandard(node) && node.OpType == "Constant"))
            ToTensor(node);

        var types = new ValueTypes(graph);
        foreach (var node in graph.Node)
        {
            foreach (var input in node.Input.Where(input => input.Length > 0 && types.Of(input) == DataType.Undefined))
                throw Refusal(
                    path,
                    "fp16",
                    $"the type of \"{input}\" is not in the graph; add it with onnx.shape_inference.infer_shapes"
                );
        }

        var opset = model.OpsetImport.Where(entry => entry.Domain is "" or "ai.onnx").Max(entry => entry.Version);
        HalfGraph.Apply(graph, new HalfPlan(graph, opset, types), types);
    }

    /// <summary>
    /// float16 to float32, everywhere and exactly; numbers are computed with more bits than before, never fewer.
    /// </summary>
    /// <exception cref="ModelException">Quantised.</exception>
    public static void ToSingle(string path, ModelProto model)
    {
        RefuseQuantized(path, "fp32", model.Graph);
        SingleGraph.Apply(model);
    }

    /// <summary>A Constant of numbers becomes one of a tensor.</summary>
    private static void ToTensor(NodeProto node)
    {
        if (
            node.Attribute.FirstOrDefault(attribute => attribute.Name is "value_float" or "value_floats")
            is not { } numbers
        )
            return;
        var tensor =
            numbers.Name == "value_float"
                ? OnnxNodes.FloatTensor("", [numbers.F])
                : OnnxNodes.FloatTensor("", numbers.Floats.ToArray(), numbers.Floats.Count);
        node.Attribute.Clear();
        node.Attribute.Add(OnnxNodes.Tensor("value", tensor));
    }

    private static void RefuseQuantized(string path, string precision, GraphProto graph)
    {
        if (OnnxTensors.Precision(graph) == "int8")
            throw Refusal(path, precision, "it is quantised (int8); convert the fp32 model that it was made of");
    }

    private static ModelException Refusal(string path, string precision, string reason) =>
        new($"{path}: cannot be converted to {precision}: {reason}");
}
