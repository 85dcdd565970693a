using InferenceMeter.Preprocessing;

namespace InferenceMeter.Tests.Preprocessing;

public sealed class ResizeCropKernelTests
{
    private static readonly PreprocessingOptions Usual = new();
    private static readonly PreprocessingOptions Odd = new()
    {
        ResizeShorterSide = 41,
        CropWidth = 37,
        CropHeight = 23,
    };
    private readonly ResizeCropKernel _kernel = new();

    public static TheoryData<int, int> Sizes =>
        new()
        {
            { 500, 375 },
            { 375, 500 },
            { 500, 333 },
            { 256, 256 },
            { 224, 224 },
            { 257, 255 },
            { 640, 480 },
            { 100, 75 },
            { 33, 17 },
            { 1, 1 },
            { 2, 3 },
            { 1, 300 },
            { 300, 1 },
            { 3, 700 },
            { 1201, 901 },
            { 2999, 40 },
            { 40, 2999 },
            { 512, 384 },
            { 7, 7 },
            { 223, 999 },
            { 1999, 2 },
        };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void It_agrees_with_the_reference_at_the_usual_size(int width, int height) =>
        AssertAgrees(Picture.Noise(width, height, 1), Usual);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void It_agrees_with_the_reference_at_an_odd_size(int width, int height) =>
        AssertAgrees(Picture.Noise(width, height, 2), Odd);

    [Fact]
    public void It_agrees_with_the_reference_at_a_hundred_random_sizes_one_after_the_other()
    {
        var random = new Random(3);
        for (var i = 0; i < 100; i++)
        {
            var options = new PreprocessingOptions
            {
                ResizeShorterSide = random.Next(16, 90),
                CropWidth = random.Next(1, 16),
                CropHeight = random.Next(1, 16),
            };
            AssertAgrees(Picture.Noise(random.Next(1, 150), random.Next(1, 150), i), options);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    [InlineData(128)]
    public void A_flat_picture_stays_exactly_as_it_is(byte level)
    {
        foreach (var (width, height) in ((int, int)[])[(500, 375), (13, 17), (1023, 333)])
            Assert.All(Run(Picture.Of(width, height, (_, _, _) => level), Usual), value => Assert.Equal(level, value));
    }

    [Fact]
    public void A_picture_of_the_size_of_the_crop_is_copied()
    {
        var picture = Picture.Noise(64, 64, 4);

        Assert.Equal(
            picture.Rgb,
            Run(
                picture,
                new()
                {
                    ResizeShorterSide = 64,
                    CropWidth = 64,
                    CropHeight = 64,
                }
            )
        );
    }

    [Fact]
    public void A_crop_larger_than_the_resized_picture_is_covered_by_scaling_up()
    {
        var picture = Picture.Scene(300, 200);

        var result = Run(
            picture,
            new()
            {
                ResizeShorterSide = 50,
                CropWidth = 90,
                CropHeight = 90,
            }
        );

        Assert.True(Difference.Between(picture.ResizedAndCropped(135, 90, 22, 0, 90, 90), result).Max <= 1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_turned_picture_gives_the_same_pixels_as_the_upright_one(int orientation)
    {
        foreach (var (width, height) in ((int, int)[])[(120, 81), (81, 120), (77, 77)])
        {
            var picture = Picture.Noise(width, height, 5);

            var result = Run(picture.StoredAs(orientation), Odd, orientation);

            Assert.True(Difference.Between(picture.Preprocessed(Odd), result).Max <= 1);
        }
    }

    private void AssertAgrees(Picture picture, PreprocessingOptions options)
    {
        var difference = Difference.Between(picture.Preprocessed(options), Run(picture, options));
        // One level where a sum lies at a half and single precision falls to the other side; that is rare.
        var others = (1 - difference.EqualShare) * options.BytesPerImage;
        Assert.True(
            difference.Max <= 1 && others <= 3 + (0.005 * options.BytesPerImage),
            $"{picture.Width} x {picture.Height}: {difference}"
        );
    }

    private byte[] Run(Picture picture, PreprocessingOptions options, int orientation = 1)
    {
        var (rgb, rgba) = (new byte[options.BytesPerImage], picture.Rgba());
        var plan = _kernel.Begin(
            SourceGeometry.Whole(picture.Width, picture.Height),
            CropGeometry.For(options, picture.Width, picture.Height, orientation)
        );
        for (var y = plan.FirstRow; y < plan.EndRow; y++)
            _kernel.Add(
                y,
                rgba.AsSpan(((y * picture.Width) + plan.FirstColumn) * 4, (plan.EndColumn - plan.FirstColumn) * 4),
                rgb
            );
        return rgb;
    }
}
