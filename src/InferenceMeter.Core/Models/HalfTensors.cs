using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models;

/// <summary>The magnitudes in a float32 tensor; all zero for an empty one.</summary>
/// <param name="Count">Elements.</param>
/// <param name="Smallest">Least magnitude; NaN when any element is.</param>
/// <param name="Largest">Greatest magnitude; NaN when any element is.</param>
internal readonly record struct TensorRange(int Count, float Smallest, float Largest)
{
    /// <summary>
    /// Least half with all its 11 bits, 2^-14; below it they get fewer, and below 2^-25 nothing is left.
    /// </summary>
    public const float SmallestNormalHalf = 6.103515625e-5f;

    private const float LargestHalf = 65504;

    /// <summary>Some element is greater than any half, infinite or no number.</summary>
    public bool Overflows => !(Largest <= LargestHalf);

    /// <summary>No element is a normal half, and not all are zero: in half it would be coarse or gone.</summary>
    public bool Underflows => Largest is > 0 and < SmallestNormalHalf;
}

/// <summary>
/// Tensors from float32 to float16 and back, in place; the old values are let go at once. Narrowing rounds to nearest,
/// ties to even (IEEE 754): denormal halves are kept, less than 2^-25 becomes zero. Widening is exact.
/// </summary>
internal static class HalfTensors
{
    public static TensorRange Range(TensorProto tensor)
    {
        var values = Floats(tensor);
        return values.IsEmpty
            ? default
            : new TensorRange(
                values.Length,
                Math.Abs(TensorPrimitives.MinMagnitude(values)),
                Math.Abs(TensorPrimitives.MaxMagnitude(values))
            );
    }

    /// <summary>
    /// float32 to float16. What is greater than any half becomes the greatest, which is what the bound of a Clip wants.
    /// </summary>
    public static void Narrow(TensorProto tensor)
    {
        var values = Floats(tensor);
        var bytes = new byte[values.Length * 2];
        var halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
        TensorPrimitives.ConvertToHalf(values, halves);
        foreach (ref var half in halves)
        {
            if (Half.IsInfinity(half))
                half = Half.CopySign(Half.MaxValue, half);
        }

        Replace(tensor, DataType.Float16, bytes);
    }

    /// <summary>float16 to float32.</summary>
    public static void Widen(TensorProto tensor)
    {
        // Without raw data each half lies in the low 16 bits of an int32.
        var halves = tensor.HasRawData
            ? MemoryMarshal.Cast<byte, Half>(tensor.RawData.Span)
            : tensor.Int32Data.Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits)).ToArray();
        var bytes = new byte[halves.Length * sizeof(float)];
        TensorPrimitives.ConvertToSingle(halves, MemoryMarshal.Cast<byte, float>(bytes.AsSpan()));
        Replace(tensor, DataType.Float, bytes);
    }

    private static ReadOnlySpan<float> Floats(TensorProto tensor) =>
        tensor.HasRawData ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span) : tensor.FloatData.ToArray();

    private static void Replace(TensorProto tensor, DataType type, byte[] bytes)
    {
        tensor.FloatData.Clear();
        tensor.Int32Data.Clear();
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        tensor.DataType = (int)type;
    }
}
