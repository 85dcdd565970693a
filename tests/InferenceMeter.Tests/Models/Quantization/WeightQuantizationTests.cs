using System.Runtime.InteropServices;
using CsCheck;
using InferenceMeter.Models;
using InferenceMeter.Models.Quantization;

namespace InferenceMeter.Tests.Models.Quantization;

public sealed class WeightQuantizationTests
{
    [Fact]
    public void Each_weight_is_within_half_a_step_of_its_channel_on_any_axis() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 5], Gen.Int[1, 4], Gen.Int[0, 1], Gen.Int[7, 8], Gen.Int[0, 1000])
            .Sample(
                (rows, columns, inner, axis, bits, seed) =>
                {
                    var values = TinyGraph.Numbers(rows * columns * inner, 3, seed);
                    var tensor = OnnxParts.FloatTensor("w", values, rows, columns, inner);

                    var scales = WeightQuantization.Scales(tensor, axis, bits);
                    var quantized = MemoryMarshal.Cast<byte, sbyte>(
                        WeightQuantization.Weight("q", tensor, axis, scales, bits).RawData.Span
                    );

                    Assert.Equal(axis == 0 ? rows : columns, scales.Length);
                    for (var i = 0; i < values.Length; i++)
                    {
                        var scale = scales[axis == 0 ? i / (columns * inner) : i / inner % columns];
                        Assert.InRange(Math.Abs((quantized[i] * scale) - values[i]), 0, scale * 0.501f);
                        Assert.InRange((int)quantized[i], bits == 7 ? -63 : -127, bits == 7 ? 63 : 127);
                    }
                },
                iter: 500
            );

    [Fact]
    public void Seven_bits_never_overflow_sixteen_when_two_products_are_added() =>
        // The multiply-add of AVX2 (VPMADDUBSW): two products of an unsigned and a signed byte in a signed word.
        Assert.InRange(2 * 255 * 63, 0, short.MaxValue);

    [Fact]
    public void A_channel_of_zeros_has_a_scale_and_stays_zero()
    {
        var tensor = OnnxParts.FloatTensor("w", [0, 0, 1, -2], 2, 2);

        var scales = WeightQuantization.Scales(tensor, 0, 8);

        Assert.Equal([1, 2 / 127f], scales);
        Assert.Equal([0, 0, 64, 129], WeightQuantization.Weight("q", tensor, 0, scales, 8).RawData.ToByteArray());
    }

    [Fact]
    public void A_bias_too_large_for_its_scale_makes_the_scale_larger_and_is_kept()
    {
        float[] bias = [1e6f, 0.5f];
        var fit = WeightQuantization.FitBias([1e-6f, 1e-3f], bias, inputScale: 1e-3f);

        var quantized = MemoryMarshal.Cast<byte, int>(WeightQuantization.Bias("b", bias, 1e-3f, fit).RawData.Span);

        Assert.True(fit[0] > 1e-6f);
        Assert.Equal(1e-3f, fit[1]);
        Assert.Equal(1, quantized[0] * 1e-3 * fit[0] / 1e6, 1e-3);
        Assert.Equal(0.5, quantized[1] * 1e-3 * fit[1], 1e-6);
    }
}
