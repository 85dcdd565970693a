using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Metering;

public sealed class StatisticsTests
{
    /// <summary>
    /// One and two degrees have closed forms, tan(0.475 pi) and 0.95 * sqrt(2 / (1 - 0.95^2)); the others are of
    /// tables.
    /// </summary>
    [Theory]
    [InlineData(1, 12.706204736174698, 1e-9)]
    [InlineData(2, 4.302652729749463, 1e-9)]
    [InlineData(7, 2.364624, 1e-6)]
    [InlineData(11, 2.200985, 1e-6)]
    [InlineData(30, 2.042272, 1e-6)]
    [InlineData(31, 2.039513, 1e-6)]
    [InlineData(40, 2.021075, 1e-6)]
    [InlineData(60, 2.000298, 1e-6)]
    [InlineData(120, 1.979930, 1e-6)]
    [InlineData(1000, 1.962339, 1e-6)]
    [InlineData(int.MaxValue, 1.959964, 2e-6)]
    public void Students_quantile_is_that_of_the_tables(int degrees, double expected, double tolerance) =>
        Assert.Equal(expected, StudentT.Quantile975(degrees), tolerance);

    [Fact]
    public void Students_quantile_falls_with_every_degree_of_freedom()
    {
        for (var degrees = 1; degrees < 200; degrees++)
            Assert.True(StudentT.Quantile975(degrees) > StudentT.Quantile975(degrees + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => StudentT.Quantile975(0));
    }

    [Fact]
    public void A_ratio_and_its_interval_are_those_worked_out_by_hand()
    {
        // Eight groups of 1 s with 9 and 11 images: s^2 = 8 / 7, standard error = sqrt(1 / 7), t(7) = 2.364624.
        var estimate = RatioEstimate.Of(Alternating(8, 9, 11), busy: false)!.Value;

        Assert.Equal(10, estimate.Value, 12);
        const double T = 2.364624251593;
        Assert.Equal(10 - T * Math.Sqrt(1 / 7.0), estimate.Low, 9);
        Assert.Equal(10 + T * Math.Sqrt(1 / 7.0), estimate.High, 9);
        Assert.Equal(0.1 * T * Math.Sqrt(1 / 7.0), estimate.RelativeHalfWidth, 9);
    }

    [Fact]
    public void A_long_segment_weighs_by_its_length()
    {
        MeterSegment[] segments = [.. Enumerable.Repeat(new MeterSegment(10, 1, 0.5), 7), new MeterSegment(30, 3, 1.5)];

        Assert.Equal(new Estimate(10, 10, 10), RatioEstimate.Of(segments, busy: false));
        Assert.Equal(new Estimate(20, 20, 20), RatioEstimate.Of(segments, busy: true));
    }

    [Fact]
    public void Neighbours_that_resemble_each_other_are_joined_before_they_can_narrow_the_interval()
    {
        // 240 segments, but only 12 different levels, each held for 20 of them: worth 12 observations.
        double[] levels = [98, 102, 97, 103, 99, 101, 96, 104, 98, 102, 97, 103];
        var held = levels.SelectMany(level => Enumerable.Repeat(new MeterSegment((long)level, 1, 1), 20)).ToArray();
        var single = levels.Select(level => new MeterSegment((long)level, 1, 1)).ToArray();

        Assert.Equal(
            RatioEstimate.Of(single, busy: false)!.Value.High,
            RatioEstimate.Of(held, busy: false)!.Value.High,
            9
        );
    }

    [Fact]
    public void A_ratio_is_unknown_with_too_few_groups_no_images_or_no_time()
    {
        Assert.Null(RatioEstimate.Of(Alternating(7, 9, 11), busy: false));
        Assert.NotNull(RatioEstimate.Of(Alternating(7, 9, 11), busy: false, minGroups: 7));
        Assert.Null(RatioEstimate.Of(Alternating(1, 9, 11), busy: false, minGroups: 1));
        Assert.Null(RatioEstimate.Of(Alternating(8, 0, 0), busy: false));
        Assert.Null(RatioEstimate.Of([.. Enumerable.Repeat(new MeterSegment(5, 1, 0), 8)], busy: true));
        Assert.Null(RatioEstimate.Of([], busy: false));
    }

    [Fact]
    public void A_throughput_is_never_below_zero()
    {
        MeterSegment[] segments = [new MeterSegment(1000, 1, 1), .. Enumerable.Repeat(new MeterSegment(0, 1, 1), 9)];

        var estimate = RatioEstimate.Of(segments, busy: false)!.Value;

        Assert.Equal(0, estimate.Low);
        Assert.True(estimate.High > 100);
        Assert.Equal(double.PositiveInfinity, default(Estimate).RelativeHalfWidth);
    }

    [Fact]
    public void A_paired_ratio_is_the_geometric_mean_with_its_t_interval()
    {
        // log ratios 0, 0.1, 0.2: mean 0.1, deviation 0.1, t(2) = 4.302653.
        var pairs = new[] { 0, 0.1, 0.2 }.Select(log => (200 * Math.Exp(log), 200.0)).ToArray();

        var paired = PairedRatio.Of(pairs)!;

        Assert.Equal(Math.Exp(0.1), paired.Ratio.Value, 9);
        const double T = 4.302652729749;
        Assert.Equal(Math.Exp(0.1 - T * 0.1 / Math.Sqrt(3)), paired.Ratio.Low, 9);
        Assert.Equal(Math.Exp(0.1 + T * 0.1 / Math.Sqrt(3)), paired.Ratio.High, 9);
        Assert.Equal(3, paired.Pairs);
    }

    [Theory]
    [InlineData(1.5, true)]
    [InlineData(1 / 1.5, true)]
    [InlineData(1.0, false)]
    public void A_difference_is_an_interval_without_1(double ratio, bool differs)
    {
        var noise = new Noise(2);
        var pairs = Enumerable.Range(0, 8).Select(_ => (ratio * noise.Factor(0.01), 1.0)).ToArray();

        var estimate = PairedRatio.Of(pairs)!.Ratio;

        Assert.Equal(differs, estimate.Low > 1 || estimate.High < 1);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.PositiveInfinity)]
    public void A_throughput_that_is_none_is_refused(double a, double b) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PairedRatio.Of([(1, 1), (1, 1), (a, b)]));

    [Fact]
    public void Two_pairs_say_nothing() => Assert.Null(PairedRatio.Of([(2, 1), (2, 1)]));

    private static MeterSegment[] Alternating(int count, long even, long odd) =>
        [.. Enumerable.Range(0, count).Select(i => new MeterSegment(i % 2 == 0 ? even : odd, 1, 1))];
}
