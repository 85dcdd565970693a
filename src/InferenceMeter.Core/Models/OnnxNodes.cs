using System.Runtime.InteropServices;
using Google.Protobuf;
using InferenceMeter.Models.Onnx;
using AttributeType = InferenceMeter.Models.Onnx.AttributeProto.Types.AttributeType;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>Short ways to write the parts of an ONNX graph.</summary>
internal static class OnnxNodes
{
    /// <summary>A node of the default domain with one output.</summary>
    public static NodeProto Node(
        string type,
        string name,
        string[] inputs,
        string output,
        params AttributeProto[] attributes
    )
    {
        var node = new NodeProto { OpType = type, Name = name };
        node.Input.Add(inputs);
        node.Output.Add(output);
        node.Attribute.Add(attributes);
        return node;
    }

    public static AttributeProto Int(string name, long value) =>
        new()
        {
            Name = name,
            I = value,
            Type = AttributeType.Int,
        };

    public static AttributeProto Ints(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    public static AttributeProto Tensor(string name, TensorProto value) =>
        new()
        {
            Name = name,
            T = value,
            Type = AttributeType.Tensor,
        };

    /// <summary>A tensor over bytes that nobody changes afterwards (they are not copied).</summary>
    public static TensorProto RawTensor(string name, DataType type, byte[] littleEndian, params long[] dims)
    {
        var tensor = new TensorProto
        {
            Name = name,
            DataType = (int)type,
            RawData = UnsafeByteOperations.UnsafeWrap(littleEndian),
        };
        tensor.Dims.Add(dims);
        return tensor;
    }

    public static TensorProto FloatTensor(string name, ReadOnlySpan<float> values, params long[] dims) =>
        RawTensor(name, DataType.Float, MemoryMarshal.AsBytes(values).ToArray(), dims);

    public static TensorProto Int64Tensor(string name, ReadOnlySpan<long> values, params long[] dims) =>
        RawTensor(name, DataType.Int64, MemoryMarshal.AsBytes(values).ToArray(), dims);

    /// <summary>A named tensor value.</summary>
    /// <param name="dims">
    /// Each a size (<see cref="long"/> or <see cref="int"/>), a symbolic name, or <see langword="null"/> for unknown.
    /// </param>
    public static ValueInfoProto Value(string name, DataType type, params object?[] dims)
    {
        var shape = new TensorShapeProto();
        foreach (var dim in dims)
            shape.Dim.Add(Dimension(dim));
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto
            {
                TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape },
            },
        };
    }

    public static void SetMetadata(ModelProto model, string key, string value) =>
        model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });

    private static TensorShapeProto.Types.Dimension Dimension(object? dim) =>
        dim switch
        {
            null => new(),
            string symbol => new() { DimParam = symbol },
            _ => new() { DimValue = Convert.ToInt64(dim) },
        };
}
