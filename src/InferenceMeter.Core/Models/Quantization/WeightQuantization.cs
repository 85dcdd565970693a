using System.Runtime.InteropServices;
using InferenceMeter.Models.Onnx;
using static InferenceMeter.Models.OnnxNodes;
using DataType = InferenceMeter.Models.Onnx.TensorProto.Types.DataType;

namespace InferenceMeter.Models.Quantization;

/// <summary>Weights as int8 with a scale for each output channel, and their biases as int32.</summary>
internal static class WeightQuantization
{
    // Left for what the products sum to.
    private const double LargestBias = int.MaxValue / 2;

    /// <summary>Scales of the output channels.</summary>
    /// <param name="weight">float32, constant.</param>
    /// <param name="axis">Of the output channels.</param>
    /// <param name="bits">8 or 7.</param>
    public static float[] Scales(TensorProto weight, int axis, int bits)
    {
        var (values, channels, inner) = Layout(weight, axis);
        var most = new float[channels];
        for (var i = 0; i < values.Length; i++)
        {
            var channel = i / inner % channels;
            most[channel] = Math.Max(most[channel], Math.Abs(values[i]));
        }

        // A channel of zeros has any scale.
        return Array.ConvertAll(most, value => value > 0 ? value / Limit(bits) : 1);
    }

    /// <summary>
    /// Scales at which every bias fits into int32: the bias has the scale of the products, input x weight.
    /// </summary>
    public static float[] FitBias(float[] scales, ReadOnlySpan<float> bias, float inputScale)
    {
        var fit = (float[])scales.Clone();
        for (var i = 0; i < fit.Length; i++)
            fit[i] = Math.Max(fit[i], (float)(Math.Abs(bias[i]) / LargestBias / inputScale));
        return fit;
    }

    public static TensorProto Weight(string name, TensorProto weight, int axis, float[] scales, int bits)
    {
        var (values, channels, inner) = Layout(weight, axis);
        var bytes = new byte[values.Length];
        var limit = Limit(bits);
        for (var i = 0; i < values.Length; i++)
            bytes[i] = (byte)
                (sbyte)Math.Clamp((int)Math.Round(values[i] / scales[i / inner % channels]), -limit, limit);
        return RawTensor(name, DataType.Int8, bytes, [.. weight.Dims]);
    }

    public static TensorProto Bias(string name, ReadOnlySpan<float> bias, float inputScale, float[] scales)
    {
        var values = new int[bias.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = (int)
                Math.Clamp(Math.Round(bias[i] / ((double)inputScale * scales[i])), -LargestBias, LargestBias);
        return RawTensor(name, DataType.Int32, MemoryMarshal.AsBytes<int>(values).ToArray(), values.Length);
    }

    /// <summary>Values of a float32 tensor.</summary>
    public static ReadOnlySpan<float> Floats(TensorProto tensor) =>
        tensor.HasRawData ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span) : tensor.FloatData.ToArray();

    private static int Limit(int bits) => (1 << (bits - 1)) - 1;

    private static (float[] Values, int Channels, int Inner) Layout(TensorProto weight, int axis) =>
        (
            Floats(weight).ToArray(),
            (int)weight.Dims[axis],
            (int)weight.Dims.Skip(axis + 1).Aggregate(1L, (product, dim) => product * dim)
        );
}
