using CsCheck;
using InferenceMeter.Metering;

namespace InferenceMeter.Tests.Metering;

public sealed class ProportionTests
{
    [Theory]
    [InlineData(52, 64, 0.70026, 0.88935)]
    [InlineData(0, 10, 0, 0.27753)]
    [InlineData(10, 10, 0.72247, 1)]
    [InlineData(5, 10, 0.23659, 0.76341)]
    public void The_interval_is_Wilsons(long count, long total, double low, double high)
    {
        var share = new Proportion(count, total);

        Assert.Equal((low, high), (Math.Round(share.Low, 5), Math.Round(share.High, 5)));
    }

    [Fact]
    public void Of_nothing_nothing_is_known() =>
        Assert.Equal((0, 0, 1), (new Proportion(0, 0).Share, new Proportion(0, 0).Low, new Proportion(0, 0).High));

    [Fact]
    public void It_holds_the_share_stays_within_0_and_1_and_narrows_with_more() =>
        Gen.Select(Gen.Long[1, 100_000], Gen.Double[0, 1])
            .Sample(
                (total, part) =>
                {
                    var share = new Proportion((long)(total * part), total);
                    var more = new Proportion(share.Count * 4, total * 4);

                    Assert.InRange(share.Share, share.Low - 1e-12, share.High + 1e-12);
                    Assert.True(share.Low >= 0 && share.High <= 1);
                    Assert.True(more.High - more.Low < share.High - share.Low);
                }
            );
}
