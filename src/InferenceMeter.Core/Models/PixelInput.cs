using Google.Protobuf;
using InferenceMeter.Models.Onnx;
using static InferenceMeter.Models.OnnxNodes;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>
/// Puts cast, normalisation and layout in front of a classifier, so that every model is fed <c>uint8 [N, H, W, 3]</c>
/// RGB pixels, and the best classes with their probabilities behind it, so that only those leave a device. A background
/// class is cut off here, so that everything behind the graph counts classes from 0 in the same way. What the model has
/// keeps its names.
/// </summary>
internal static class PixelInput
{
    // From here on TopK takes k as an input; before, as an attribute.
    private const long OpsetOfTopKInput = 10;

    // The same of Slice and its bounds.
    private const long OpsetOfSliceInputs = 10;

    /// <summary>Changes the graph in place.</summary>
    /// <param name="opset">Of ai.onnx.</param>
    /// <param name="top">Best classes an image, at most the classes.</param>
    public static ModelValues Wrap(
        GraphProto graph,
        long opset,
        ImageInput input,
        ClassifierOutput output,
        ImageNormalization normalization,
        int top
    )
    {
        var names = new UniqueNames(graph);
        var pixels = names.New("pixels");
        var nodes = Chain(input, normalization, pixels, names);
        for (var i = nodes.Count - 1; i >= 0; i--)
            graph.Node.Insert(0, nodes[i]);
        graph.Input.Remove(graph.Input.First(value => value.Name == input.Name));
        graph.Input.Insert(
            0,
            Value(
                pixels,
                DataType.Uint8,
                input.Batch is { } batch ? batch : input.BatchSymbol,
                input.Height,
                input.Width,
                3
            )
        );
        var scores = WrapOutput(graph, output, names);
        var distribution = output.Probabilities ? scores : AddSoftmax(graph, scores, names);
        if (output.HasBackground)
        {
            // After the softmax: what is left keeps the probabilities that the model gives.
            var isSame = distribution == scores;
            distribution = DropFirst(graph, opset, distribution, output.Size, names);
            scores = isSame ? distribution : DropFirst(graph, opset, scores, output.Size, names);
        }

        var (probabilities, classes) = AddTop(graph, opset, distribution, top, names);
        // Other outputs go: nobody reads them, and ONNX Runtime then drops what only they need.
        graph.Output.Clear();
        object batchSize = input.Batch is { } frozen ? frozen : input.BatchSymbol;
        graph.Output.Add(Value(probabilities, DataType.Float, batchSize, top));
        graph.Output.Add(Value(classes, DataType.Int64, batchSize, top));
        graph.Output.Add(Value(scores, DataType.Float, batchSize, output.Classes));
        return new ModelValues(pixels, probabilities, classes, scores);
    }

    /// <summary>
    /// The same graph with the cast to float in front of the transposition: TensorRT takes bytes into nothing but a
    /// cast (TensorRT operator reference, "UINT8 inputs").
    /// </summary>
    /// <param name="file">A wrapped graph.</param>
    /// <param name="values">Names of its values.</param>
    public static byte[] CastFirst(byte[] file, ModelValues values)
    {
        var model = ModelProto.Parser.ParseFrom(file);
        var moved = new List<NodeProto>();
        var value = values.Pixels;
        // A chain: each of the first nodes reads what the one before it gave.
        while (model.Graph.Node.FirstOrDefault(node => node.Input.Count > 0 && node.Input[0] == value) is { } node)
        {
            if (node.OpType == "Cast" && moved.Count > 0)
            {
                moved[^1].Output[0] = node.Output[0];
                (node.Input[0], node.Output[0]) = (values.Pixels, new UniqueNames(model.Graph).New("bytes"));
                moved[0].Input[0] = node.Output[0];
                model.Graph.Node.Remove(node);
                model.Graph.Node.Insert(0, node);
                break;
            }

            if (node.OpType is not ("Transpose" or "Gather"))
                break;
            moved.Add(node);
            value = node.Output[0];
        }

        return model.ToByteArray();
    }

    private static List<NodeProto> Chain(
        ImageInput input,
        ImageNormalization normalization,
        string pixels,
        UniqueNames names
    )
    {
        var nodes = new List<NodeProto>();
        var value = pixels;
        void Append(string type, string step, string[] inputs, params AttributeProto[] attributes)
        {
            var output = names.New(step);
            nodes.Add(Node(type, output, inputs, output, attributes));
            value = output;
        }

        string Constant(string step, TensorProto tensor)
        {
            // A Constant node, not an initialiser: those of old files (IR version 3) have to be inputs too.
            var name = names.New(step);
            nodes.Add(Node("Constant", name, [], name, Tensor("value", tensor)));
            return name;
        }

        // The transposition comes first: of bytes, it moves a quarter of what it would of floats; and per-channel
        // arithmetic on whole planes is faster than on triples.
        if (input.ChannelsFirst)
            Append("Transpose", "planes", [value], Ints("perm", 0, 3, 1, 2));
        if (normalization.Bgr)
            Append(
                "Gather",
                "bgr",
                [value, Constant("order", Int64Tensor("", [2, 1, 0], 3))],
                Int("axis", input.ChannelsFirst ? 1 : 3)
            );
        if (input.Type != DataType.Uint8)
        {
            Append("Cast", "float", [value], Int("to", (int)DataType.Float));
            if (normalization.Factors.Any(factor => factor != 1))
                Append("Mul", "scaled", [value, Constant("factors", PerChannel(input, normalization.Factors))]);
            if (normalization.Offsets.Any(offset => offset != 0))
                Append("Add", "normalized", [value, Constant("offsets", PerChannel(input, normalization.Offsets))]);
            if (input.Type == DataType.Float16)
                Append("Cast", "half", [value], Int("to", (int)DataType.Float16));
        }

        if (nodes.Count == 0)
            Append("Identity", "identity", [value]);
        nodes[^1].Output[0] = input.Name;
        return nodes;
    }

    private static TensorProto PerChannel(ImageInput input, float[] values)
    {
        if (input.ChannelsFirst)
            return FloatTensor("", values, 1, 3, 1, 1);
        // A row of the image rather than one pixel: broadcasting over runs of three is slow.
        return FloatTensor("", [.. Enumerable.Range(0, input.Width).SelectMany(_ => values)], 1, 1, input.Width, 3);
    }

    private static string WrapOutput(GraphProto graph, ClassifierOutput output, UniqueNames names)
    {
        var value = output.Name;
        if (output.Rank == 4)
        {
            var flat = names.New("flat");
            graph.Node.Add(Node("Flatten", flat, [value], flat, Int("axis", 1)));
            value = flat;
        }

        if (output.Type != DataType.Float)
        {
            var scores = names.New("scores");
            graph.Node.Add(Node("Cast", scores, [value], scores, Int("to", (int)DataType.Float)));
            value = scores;
        }

        return value;
    }

    private static string AddSoftmax(GraphProto graph, string scores, UniqueNames names)
    {
        var softmax = names.New("softmax");
        graph.Node.Add(Node("Softmax", softmax, [scores], softmax, Int("axis", 1)));
        return softmax;
    }

    /// <summary>Values without their first column.</summary>
    private static string DropFirst(GraphProto graph, long opset, string values, int size, UniqueNames names)
    {
        var rest = names.New("foreground");
        if (opset < OpsetOfSliceInputs)
        {
            graph.Node.Add(Node("Slice", rest, [values], rest, Ints("axes", 1), Ints("starts", 1), Ints("ends", size)));
            return rest;
        }

        string[] bounds = [Bound("from", 1), Bound("to", size), Bound("axis", 1)];
        graph.Node.Add(Node("Slice", rest, [values, .. bounds], rest));
        return rest;

        string Bound(string step, long value)
        {
            var name = names.New(step);
            graph.Node.Add(Node("Constant", name, [], name, Tensor("value", Int64Tensor("", [value], 1))));
            return name;
        }
    }

    private static (string Probabilities, string Classes) AddTop(
        GraphProto graph,
        long opset,
        string scores,
        int top,
        UniqueNames names
    )
    {
        var (values, indices) = (names.New("probabilities"), names.New("classes"));
        var node = Node("TopK", names.New("top"), [scores], values, Int("axis", 1));
        node.Output.Add(indices);
        if (opset < OpsetOfTopKInput)
        {
            node.Attribute.Add(Int("k", top));
        }
        else
        {
            var count = names.New("k");
            graph.Node.Add(Node("Constant", count, [], count, Tensor("value", Int64Tensor("", [top], 1))));
            node.Input.Add(count);
        }

        graph.Node.Add(node);
        return (values, indices);
    }
}
