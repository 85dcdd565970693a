using InferenceMeter.Models;

namespace InferenceMeter.Tests.Models;

public class ModelTensorTests
{
    private static readonly ImageNormalization Torchvision = ImageNormalization.ImageNet;

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, false, false)]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    public void Normalised_pixels_come_back_exactly(bool channelsFirst, bool bgr, bool isHalf)
    {
        var tensor = new ModelTensor
        {
            Name = "data",
            IsHalf = isHalf,
            ChannelsFirst = channelsFirst,
            Factors = Torchvision.Factors,
            Offsets = Torchvision.Offsets,
            IsBgr = bgr,
        };
        // Every value in every channel.
        var pixels = Enumerable.Range(0, 256 * 3).Select(i => (byte)((i / 3) + (i % 3 * 85))).ToArray();
        var values = new float[pixels.Length];
        for (var i = 0; i < 256; i++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                // As torchvision reckons it, in the file's order of channels.
                var pixel = pixels[(i * 3) + (bgr ? 2 - channel : channel)];
                var value = ((pixel / 255f) - (float)Torchvision.Mean[channel]) / (float)Torchvision.Std[channel];
                values[channelsFirst ? (channel * 256) + i : (i * 3) + channel] = isHalf ? (float)(Half)value : value;
            }
        }

        var back = new byte[pixels.Length];
        Assert.Equal(-1, tensor.ToPixels(values, back));
        Assert.Equal(pixels, back);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(2.7f)]
    [InlineData(-2.2f)]
    public void What_no_pixel_becomes_is_told_by_its_place(float value)
    {
        var tensor = new ModelTensor
        {
            Name = "data",
            IsHalf = false,
            ChannelsFirst = true,
            Factors = Torchvision.Factors,
            Offsets = Torchvision.Offsets,
            IsBgr = false,
        };
        var values = new float[12];
        values[5] = value;

        Assert.Equal(5, tensor.ToPixels(values, new byte[12]));
    }

    [Fact]
    public void Its_range_is_that_of_the_pixels()
    {
        var (low, high) = new ModelTensor
        {
            Name = "data",
            IsHalf = false,
            ChannelsFirst = true,
            Factors = Torchvision.Factors,
            Offsets = Torchvision.Offsets,
            IsBgr = false,
        }.Range(0);

        Assert.Equal((-2.1179, 2.2489), (Math.Round(low, 4), Math.Round(high, 4)));
    }
}
