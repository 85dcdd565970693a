using System.Runtime.InteropServices;
using InferenceMeter.Models;
using InferenceMeter.Models.Onnx;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Tests.Models;

public sealed class HalfTensorsTests
{
    [Fact]
    public void Every_half_is_widened_exactly_and_comes_back()
    {
        var halves = Enumerable
            .Range(0, 65536)
            .Select(bits => BitConverter.UInt16BitsToHalf((ushort)bits))
            .Where(Half.IsFinite)
            .ToArray();
        var tensor = OnnxParts.RawTensor("w", DataType.Float16, Bytes(halves), halves.Length);

        HalfTensors.Widen(tensor);
        Assert.Equal(halves.Select(half => (float)half), Floats(tensor));
        Assert.Equal(DataType.Float, (DataType)tensor.DataType);
        HalfTensors.Narrow(tensor);

        Assert.Equal(Bytes(halves), tensor.RawData.ToByteArray());
        Assert.Equal(DataType.Float16, (DataType)tensor.DataType);
    }

    [Fact]
    public void Floats_are_rounded_to_nearest_ties_to_even_with_denormals_kept()
    {
        float[] values =
        [
            2049,
            2051,
            65504,
            1e-7f,
            5.9604645e-8f,
            2.9802322e-8f,
            2.98024e-8f,
            -1e-9f,
            .. RandomFloats(100_001),
        ];
        var tensor = OnnxParts.FloatTensor("w", values, values.Length);

        HalfTensors.Narrow(tensor);

        var halves = MemoryMarshal.Cast<byte, Half>(tensor.RawData.Span).ToArray();
        Assert.Equal(
            [2048f, 2052f, 65504f, 1.1920929e-7f, 5.9604645e-8f, 0f, 5.9604645e-8f, -0f],
            halves[..8].Select(half => (float)half)
        );
        Assert.Equal(values.Select(value => (Half)value), halves);
    }

    [Fact]
    public void Numbers_outside_raw_data_are_found()
    {
        var single = new TensorProto
        {
            DataType = (int)DataType.Float,
            Dims = { 2 },
            FloatData = { 0.5f, -3 },
        };
        var half = new TensorProto
        {
            DataType = (int)DataType.Float16,
            Dims = { 2 },
            Int32Data = { 0x3800, 0xC200 },
        };
        Assert.Equal(new TensorRange(2, 0.5f, 3), HalfTensors.Range(single));

        HalfTensors.Narrow(single);
        HalfTensors.Widen(half);

        Assert.Equal(Bytes([(Half)0.5f, (Half)(-3)]), single.RawData.ToByteArray());
        Assert.Equal([0.5f, -3], Floats(half));
        Assert.Equal((0, 0), (single.FloatData.Count, half.Int32Data.Count));
    }

    [Theory]
    [InlineData(65504f, false, false)]
    [InlineData(65505f, true, false)]
    [InlineData(float.NegativeInfinity, true, false)]
    [InlineData(float.NaN, true, false)]
    [InlineData(6.2e-5f, false, false)]
    [InlineData(-6e-5f, false, true)]
    [InlineData(0f, false, false)]
    public void The_range_of_a_tensor_says_whether_half_can_hold_it(float value, bool overflows, bool underflows)
    {
        var range = HalfTensors.Range(OnnxParts.FloatTensor("w", [0, value, 0], 3));

        Assert.Equal((overflows, underflows), (range.Overflows, range.Underflows));
    }

    [Fact]
    public void An_empty_tensor_stays_empty()
    {
        var tensor = OnnxParts.FloatTensor("roi", [], 0);
        Assert.Equal(default, HalfTensors.Range(tensor));

        HalfTensors.Narrow(tensor);

        Assert.Equal((DataType.Float16, 0), ((DataType)tensor.DataType, tensor.RawData.Length));
    }

    private static float[] RandomFloats(int count)
    {
        var random = new Random(7);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-28, 17)))),
        ];
    }

    private static byte[] Bytes(Half[] halves) => MemoryMarshal.AsBytes(halves.AsSpan()).ToArray();

    private static float[] Floats(TensorProto tensor) => MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray();
}
