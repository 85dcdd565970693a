using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>The one input of a classifier: images as [N, 3, H, W] or [N, H, W, 3].</summary>
internal sealed record ImageInput
{
    /// <summary>Value name in the graph.</summary>
    public required string Name { get; init; }

    /// <summary>float32, float16 or uint8.</summary>
    public required DataType Type { get; init; }

    /// <summary>[N, 3, H, W].</summary>
    public required bool ChannelsFirst { get; init; }

    /// <summary>Frozen batch size, or <see langword="null"/>.</summary>
    public required int? Batch { get; init; }

    /// <summary>Name of the dynamic batch dimension.</summary>
    public required string BatchSymbol { get; init; }

    /// <summary>Pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Pixels.</summary>
    public required int Width { get; init; }

    private const int DefaultSide = 224;

    // Larger than any classifier's; keeps H x W x 3 x batch far from overflow for sizes out of a broken file.
    private const int MaxSide = 8192;
    private const int MaxBatch = 65536;

    /// <exception cref="ModelException">There is none, or more than one.</exception>
    public static ImageInput Find(string path, GraphProto graph, SidecarSettings settings)
    {
        // Up to IR version 3 every initialiser is listed as an input too.
        var initialised = graph
            .Initializer.Select(tensor => tensor.Name)
            .Concat(graph.SparseInitializer.Select(sparse => sparse.Values?.Name ?? ""))
            .ToHashSet(StringComparer.Ordinal);
        var inputs = graph.Input.Where(input => !initialised.Contains(input.Name)).ToList();
        var layout = settings.Word("layout", "nchw", "nhwc");
        var images = inputs.Where(input => IsImage(input, layout)).ToList();
        var shapes = string.Join(", ", inputs.Select(Shape));
        if (images.Count == 0)
        {
            throw new ModelException(
                $"{path}: no image input ([N,3,H,W] or [N,H,W,3] of float32, float16 or uint8); its "
                    + $"inputs: {(shapes.Length > 0 ? shapes : "none")}"
            );
        }

        if (images.Count > 1)
            throw new ModelException(
                $"{path}: several image inputs ({shapes}); only models of one input can be measured"
            );
        if (inputs.Count > 1)
            throw new ModelException(
                $"{path}: needs more than an image ({shapes}); only models of one input can be measured"
            );
        return Describe(path, images[0], layout, settings);
    }

    /// <summary>
    /// What a client fills who knows the file alone; <see langword="null"/> where that are pixels, or the pixels cannot
    /// be told from it.
    /// </summary>
    /// <param name="normalization">From pixels to what the file takes.</param>
    /// <param name="isHalf">The file has float16 there; what is loaded may have been converted.</param>
    public ModelTensor? Tensor(ImageNormalization normalization, bool isHalf) =>
        Type == DataType.Uint8 || normalization.Factors.Contains(0)
            ? null
            : new ModelTensor
            {
                Name = Name,
                IsHalf = isHalf,
                ChannelsFirst = ChannelsFirst,
                Factors = normalization.Factors,
                Offsets = normalization.Offsets,
                IsBgr = normalization.Bgr,
            };

    /// <summary>A value as people write it: <c>name float[N,3,224,224]</c>.</summary>
    public static string Shape(ValueInfoProto value)
    {
        var tensor = value.Type?.TensorType;
        if (tensor is null)
            return $"{value.Name} (not a tensor)";
        var dims = tensor.Shape is null ? "?" : string.Join(',', tensor.Shape.Dim.Select(Text));
        return $"{value.Name} {((DataType)tensor.ElemType).ToString().ToLowerInvariant()}[{dims}]";
    }

    private static string Text(TensorShapeProto.Types.Dimension dim)
    {
        if (dim.HasDimValue)
            return dim.DimValue.ToString();
        return dim.DimParam is { Length: > 0 } name ? name : "?";
    }

    private static bool IsImage(ValueInfoProto input, string? layout)
    {
        var tensor = input.Type?.TensorType;
        if (tensor?.Shape is not { Dim.Count: 4 } shape)
            return false;
        if ((DataType)tensor.ElemType is not (DataType.Float or DataType.Float16 or DataType.Uint8))
            return false;
        return layout switch
        {
            null => Size(shape, 1) == 3 || Size(shape, 3) == 3,
            "nchw" => Size(shape, 1) is null or 3,
            _ => Size(shape, 3) is null or 3,
        };
    }

    private static ImageInput Describe(string path, ValueInfoProto input, string? layout, SidecarSettings settings)
    {
        var shape = input.Type.TensorType.Shape;
        var first = layout is null ? Size(shape, 1) == 3 : layout == "nchw";
        var crop = settings.Size("crop");
        var height = Side(path, input, Size(shape, first ? 2 : 1), crop?.Height);
        var width = Side(path, input, Size(shape, first ? 3 : 2), crop?.Width);
        var batch = Size(shape, 0);
        if (batch > MaxBatch)
            throw new ModelException($"{path}: batch size of {Shape(input)} is out of range");
        var symbol = shape.Dim[0].DimParam is { Length: > 0 } name ? name : "batch";
        return new ImageInput
        {
            Name = input.Name,
            Type = (DataType)input.Type.TensorType.ElemType,
            ChannelsFirst = first,
            Batch = (int?)batch,
            BatchSymbol = symbol,
            Height = height,
            Width = width,
        };
    }

    private static int Side(string path, ValueInfoProto input, long? frozen, int? wanted)
    {
        if (frozen is not null && wanted is not null && frozen != wanted)
        {
            throw new ModelException(
                $"{path}: \"crop\" is {wanted}, but the graph is frozen to {Shape(input)}; leave \"crop\" "
                    + "out or export the model anew"
            );
        }

        var side = frozen ?? wanted ?? DefaultSide;
        return side <= MaxSide
            ? (int)side
            : throw new ModelException($"{path}: {side} pixels a side is out of range (at most {MaxSide})");
    }

    /// <summary>A frozen size, or null: dynamic (some exporters write that as 0 or -1).</summary>
    private static long? Size(TensorShapeProto shape, int dim) =>
        shape.Dim[dim] is { HasDimValue: true, DimValue: > 0 and var size } ? size : null;
}
