using InferenceMeter.Images;
using InferenceMeter.Preprocessing;
using SkiaSharp;

namespace InferenceMeter.Tests.Preprocessing;

public sealed class ImageFormatTests
{
    private static readonly Picture Scene = Picture.Scene(180, 135);

    public static TheoryData<string> Names => Decoders.All;

    [Theory]
    [MemberData(nameof(Names))]
    public void Jpeg_files_of_each_subsampling_are_read(string decoder)
    {
        foreach (var downsample in Enum.GetValues<SKJpegEncoderDownsample>())
            AssertLossy(Scene, Decoders.Decode(decoder, Encoders.Jpeg(Scene, downsample: downsample)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_grey_jpeg_is_read(string decoder) =>
        AssertLossy(Scene.Grey(), Decoders.Decode(decoder, Encoders.GreyJpeg(Scene)));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_progressive_jpeg_is_read(string decoder) =>
        AssertLossy(Picture.Scene(64, 48), Decoders.Decode(decoder, EmbeddedFiles.ProgressiveJpeg));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_cmyk_jpeg_is_read_as_its_ink_on_white_paper(string decoder)
    {
        var scene = Picture.Scene(64, 48);
        // Its black is a quarter everywhere: 255 - 64 of the light is left.
        var darkened = Picture.Of(64, 48, (x, y, channel) => scene[x, y, channel] * 191 / 255);

        AssertLossy(darkened, Decoders.Decode(decoder, EmbeddedFiles.CmykJpeg));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Png_files_of_each_kind_are_read(string decoder)
    {
        var green = Picture.Of(Scene.Width, Scene.Height, (x, y, channel) => channel == 1 ? Scene[x, y, 1] : 0);

        AssertSame(Scene, Decoders.Decode(decoder, PngWriter.Rgb(Scene)));
        AssertSame(Scene, Decoders.Decode(decoder, PngWriter.Rgb(Scene, interlaced: true)));
        AssertSame(Scene.Grey(), Decoders.Decode(decoder, PngWriter.GreyOf(Scene)));
        AssertSame(green, Decoders.Decode(decoder, PngWriter.Greens(Scene)));
        AssertSame(green, Decoders.Decode(decoder, PngWriter.Greens(Scene, transparent: true)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_png_of_16_bits_is_read_to_within_a_level(string decoder)
    {
        AssertSame(Scene, Decoders.Decode(decoder, PngWriter.Deep(Scene)));
        AssertSame(Scene, Decoders.Decode(decoder, PngWriter.Deep(Scene, interlaced: true)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Alpha_is_dropped_and_the_colours_below_it_stay(string decoder) =>
        AssertSame(Scene, Decoders.Decode(decoder, PngWriter.Rgba(Scene, (x, y) => (byte)((x * 3) + y))));

    [Theory]
    [MemberData(nameof(Names))]
    public void Webp_files_are_read(string decoder)
    {
        AssertSame(Scene, Decoders.Decode(decoder, Encoders.LosslessWebp(Scene)));
        AssertLossy(Scene, Decoders.Decode(decoder, Encoders.LossyWebp(Scene)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bmp_files_are_read_whichever_way_up_they_are(string decoder)
    {
        AssertSame(Scene, Decoders.Decode(decoder, Encoders.Bmp(Scene)));
        AssertSame(Scene, Decoders.Decode(decoder, Encoders.Bmp(Scene, topDown: true)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_gif_is_read_and_of_a_moving_one_the_first_frame(string decoder)
    {
        var (first, second) = (Encoders.GifColours(Scene), Picture.Of(Scene.Width, Scene.Height, (_, _, _) => 0));

        AssertSame(first, Decoders.Decode(decoder, Encoders.Gif(first)));
        AssertSame(first, Decoders.Decode(decoder, Encoders.Gif(first, second)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_exif_orientation_comes_out_right_way_up(string decoder)
    {
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            var jpeg = Encoders.Jpeg(Scene.StoredAs(orientation), downsample: SKJpegEncoderDownsample.Downsample444);

            AssertLossy(Scene, Decoders.Decode(decoder, Encoders.WithOrientation(jpeg, orientation, bigEndian: false)));
            AssertLossy(Scene, Decoders.Decode(decoder, Encoders.WithOrientation(jpeg, orientation, bigEndian: true)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_orientation_that_does_not_exist_is_taken_as_upright(string decoder)
    {
        var jpeg = Encoders.Jpeg(Scene);

        foreach (var orientation in (int[])[0, 9, 200])
            AssertLossy(Scene, Decoders.Decode(decoder, Encoders.WithOrientation(jpeg, orientation, bigEndian: true)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_png_and_a_webp_that_note_an_orientation_come_out_right_way_up(string decoder)
    {
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            var stored = Scene.StoredAs(orientation);

            AssertSame(
                Scene,
                Decoders.Decode(decoder, PngWriter.WithExif(stored, Encoders.Exif(orientation, bigEndian: true)))
            );
            AssertSame(
                Scene,
                Decoders.Decode(decoder, Encoders.WebpWithExif(stored, Encoders.Exif(orientation, bigEndian: false)))
            );
        }
    }

    /// <summary>Skia draws the first frame; ImageSharp 2 has no decoder for animated WebP at all.</summary>
    [Fact]
    public void A_moving_webp_is_read_by_skia_and_unsupported_by_imagesharp()
    {
        var moving = Encoders.MovingWebp(Scene, Picture.Scene(Scene.Width, Scene.Height).Grey());

        AssertSame(Scene, Decoders.Decode("skia", moving));
        Assert.Equal(ImageFailure.Unsupported, Decoders.Try("imagesharp", moving));
    }

    [Fact]
    public void A_decoder_that_does_not_exist_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentException>(() => ImageDecoderFactory.Create("gd", new()));

        Assert.Contains("'gd'", error.Message);
        Assert.Contains("skia or imagesharp", error.Message);
    }

    private static void AssertSame(Picture expected, byte[] actual)
    {
        var difference = Difference.Between(expected.Preprocessed(new()), actual);
        Assert.True(difference.Max <= 1, difference.ToString());
    }

    private static void AssertLossy(Picture expected, byte[] actual)
    {
        var difference = Difference.Between(expected.Preprocessed(new()), actual);
        Assert.True(difference is { Mean: < 2, Percentile999: < 10 }, difference.ToString());
    }
}
