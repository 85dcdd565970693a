using CsCheck;
using InferenceMeter.Models;
using InferenceMeter.Models.Quantization;

namespace InferenceMeter.Tests.Models.Quantization;

public sealed class ActivationHistogramTests
{
    private static readonly QuantizationOptions MinMax = new() { Method = CalibrationMethod.MinMax };

    [Fact]
    public void Min_and_max_are_those_seen_and_zero_is_always_inside() =>
        Gen.Float[-1e6f, 1e6f]
            .Array[1, 50]
            .Array[1, 5]
            .Sample(
                parts =>
                {
                    var range = Histogram(parts).Range(MinMax);
                    var all = parts.SelectMany(part => part).ToArray();

                    Assert.Equal(Math.Min(0, all.Min()), range.Min);
                    Assert.Equal(Math.Max(0, all.Max()), range.Max);
                },
                iter: 300
            );

    [Fact]
    public void A_percentile_leaves_out_that_share_whatever_the_order_in_which_the_range_grew()
    {
        // 10,000 values, evenly from 0 to 1, the large ones last, and one far outside.
        var values = Enumerable.Range(0, 10_000).Select(i => i / 10_000f).ToArray();
        var histogram = Histogram([values[..100], values[100..], [1000f]]);

        var range = histogram.Range(
            new QuantizationOptions { Method = CalibrationMethod.Percentile, Percentile = 99.9 }
        );

        Assert.Equal(0, range.Min);
        // The outlier makes a bin 1000 / 4096 wide, at most twice that after the growth.
        Assert.InRange(range.Max, 0.99f, 1 + (2 * 1000f / 4096));
        Assert.Equal(1000, histogram.Range(MinMax).Max);
    }

    [Fact]
    public void Both_tails_are_cut_of_what_has_two()
    {
        var values = Enumerable.Range(-5000, 10_001).Select(i => i / 5000f).ToArray();

        var range = Histogram([values])
            .Range(new QuantizationOptions { Method = CalibrationMethod.Percentile, Percentile = 90 });

        Assert.Equal(-0.9, range.Min, 0.01);
        Assert.Equal(0.9, range.Max, 0.01);
    }

    [Fact]
    public void The_least_divergence_clips_a_few_outliers_and_keeps_an_even_distribution()
    {
        var random = new Random(1);
        // The sum of twelve even numbers: nearly normal, sigma 1.
        var normal = Enumerable
            .Range(0, 100_000)
            .Select(_ => (float)(Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6))
            .ToArray();
        var options = new QuantizationOptions { Method = CalibrationMethod.Entropy };

        var clipped = Histogram([normal, [60f, -60f]]).Range(options);
        var even = Histogram([
                [.. Enumerable.Range(0, 40_000).Select(i => i / 40_000f)],
            ])
            .Range(options);

        Assert.InRange(clipped.Max, 2, 12);
        Assert.Equal(-clipped.Max, clipped.Min, 1e-4);
        Assert.InRange(even.Max, 0.95f, 1);
        Assert.Equal(0, even.Min);
    }

    [Fact]
    public void Nothing_but_zeros_has_a_scale_all_the_same()
    {
        var range = Histogram([new float[10]]).Range(new QuantizationOptions());

        Assert.Equal(default, range);
        Assert.True(range.Parameters(symmetric: false).Scale > 0);
    }

    [Fact]
    public void Zeros_before_the_first_number_count()
    {
        var histogram = Histogram([new float[999], [1f]]);

        Assert.Equal(0, histogram.Range(new QuantizationOptions { Percentile = 99 }).Max, 0.001);
        Assert.Equal(1000, histogram.Count);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void What_is_not_finite_has_no_range(float value) =>
        Assert.Throws<ModelException>(() =>
            Histogram([
                [1, value],
            ])
        );

    [Fact]
    public void Parameters_hold_zero_exactly_and_the_range_to_half_a_step() =>
        Gen.Select(Gen.Float[-1000, 0], Gen.Float[0, 1000], Gen.Bool)
            .Sample(
                (min, max, symmetric) =>
                {
                    if (max - min < 1e-3)
                        return;
                    var (scale, zero) = new ActivationRange(min, max).Parameters(symmetric);
                    var (low, high) = symmetric ? (-127, 127) : (0, 255);

                    Assert.InRange(zero, low, high);
                    foreach (var value in new[] { min, 0, max, (min + max) / 2 })
                    {
                        var quantized = Math.Clamp((int)Math.Round(value / scale) + zero, low, high);
                        Assert.InRange(
                            Math.Abs(((quantized - zero) * scale) - value),
                            0,
                            value == 0 ? 0 : scale * 1.01
                        );
                    }
                },
                iter: 1000
            );

    private static ActivationHistogram Histogram(float[][] parts)
    {
        var histogram = new ActivationHistogram();
        foreach (var part in parts)
            histogram.Add(part);
        return histogram;
    }
}
