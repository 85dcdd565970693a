using InferenceMeter.Images;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Tests.Preprocessing;

public sealed class BrokenImageTests
{
    private static readonly PreprocessingOptions Small = new()
    {
        ResizeShorterSide = 32,
        CropWidth = 24,
        CropHeight = 24,
        MaxPixels = 1_000_000,
    };
    private static readonly Picture Scene = Picture.Scene(96, 64);

    public static TheoryData<string> Names => Decoders.All;

    public static TheoryData<string, string> NamesAndFormats
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in ImageDecoderFactory.Names)
            foreach (
                var format in (string[])["jpeg", "progressive jpeg", "png", "interlaced png", "webp", "bmp", "gif"]
            )
                data.Add(name, format);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndFormats))]
    public void A_file_cut_anywhere_is_a_failure(string decoder, string format)
    {
        var file = File(format);
        Assert.Equal(ImageFailure.None, Decoders.Try(decoder, file, Small));

        // After a GIF's first picture comes a byte that says that there is no second; the first is whole without it.
        var needed = file.Length - (format is "gif" ? 1 : 0);
        for (var length = 0; length < needed; length++)
        {
            var failure = Decoders.Try(decoder, file[..length], Small);
            Assert.True(
                failure is ImageFailure.Truncated or ImageFailure.Corrupt or ImageFailure.Unsupported,
                $"{length} of {file.Length} bytes: {failure}"
            );
        }
    }

    [Theory]
    [MemberData(nameof(NamesAndFormats))]
    public void A_file_cut_in_the_middle_is_called_truncated(string decoder, string format) =>
        Assert.Equal(ImageFailure.Truncated, Decoders.Try(decoder, File(format)[..^(File(format).Length / 4)], Small));

    [Theory]
    [MemberData(nameof(NamesAndFormats))]
    public void Flipped_bytes_never_do_more_than_fail(string decoder, string format)
    {
        var (random, file) = (new Random(11), File(format));
        using var made = ImageDecoderFactory.Create(decoder, Small);
        var rgb = new byte[Small.BytesPerImage];
        for (var i = 0; i < 300; i++)
        {
            var broken = file.ToArray();
            // Headers are short: every other time the flips fall there.
            var reach = i % 2 == 0 ? broken.Length : Math.Min(broken.Length, 64);
            for (var flips = random.Next(1, 5); flips > 0; flips--)
                broken[random.Next(reach)] ^= (byte)random.Next(1, 256);

            Assert.True(Enum.IsDefined(made.Decode(broken, rgb)));
        }

        Assert.Equal(ImageFailure.None, made.Decode(file, rgb));
        Assert.Equal(Decoders.Decode(decoder, file, Small), rgb);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Text_and_noise_are_unsupported_and_nothing_at_all_is_truncated(string decoder)
    {
        Assert.Equal(ImageFailure.Truncated, Decoders.Try(decoder, []));
        Assert.Equal(
            ImageFailure.Unsupported,
            Decoders.Try(decoder, "<html><body>404 not found, sorry</body></html>"u8.ToArray())
        );
        Assert.Equal(ImageFailure.Unsupported, Decoders.Try(decoder, new byte[4096]));
        Assert.Equal(ImageFailure.Unsupported, Decoders.Try(decoder, Picture.Noise(64, 64, 6).Rgb));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_picture_of_60000_by_60000_is_refused_before_anything_is_allocated_for_it(string decoder)
    {
        var (file, rgb) = (PngWriter.Header(60_000, 60_000), new byte[new PreprocessingOptions().BytesPerImage]);
        using var made = ImageDecoderFactory.Create(decoder, new());
        Assert.Equal(ImageFailure.TooLarge, made.Decode(file, rgb));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var failure = made.Decode(file, rgb);

        Assert.Equal(ImageFailure.TooLarge, failure);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void A_picture_that_has_to_be_decoded_whole_and_is_larger_than_an_array_is_too_large_whatever_the_limit() =>
        Assert.Equal(
            ImageFailure.TooLarge,
            Decoders.Try(
                "skia",
                PngWriter.Header(30_000, 30_000, interlaced: true),
                new() { MaxPixels = 2_000_000_000 }
            )
        );

    [Theory]
    [MemberData(nameof(Names))]
    public void A_thumbnail_in_the_header_does_not_pass_for_the_end_of_the_picture(string decoder)
    {
        var (jpeg, thumbnail) = (Encoders.Jpeg(Scene), Encoders.Jpeg(Picture.Scene(16, 12)));
        byte[] file =
        [
            0xFF,
            0xD8,
            0xFF,
            0xED,
            (byte)((thumbnail.Length + 2) >> 8),
            (byte)(thumbnail.Length + 2),
            .. thumbnail,
            .. jpeg.AsSpan(2),
        ];

        Assert.Equal(ImageFailure.None, Decoders.Try(decoder, file));
        Assert.Equal(ImageFailure.Truncated, Decoders.Try(decoder, file[..^2]));
    }

    [Theory]
    [MemberData(nameof(NamesAndFormats))]
    public void Bytes_after_the_end_do_no_harm(string decoder, string format) =>
        Assert.Equal(
            Decoders.Decode(decoder, File(format), Small),
            Decoders.Decode(decoder, [.. File(format), .. "appended by some tool"u8], Small)
        );

    [Theory]
    [MemberData(nameof(Names))]
    public void A_thread_of_a_picture_is_resized_like_any_other(string decoder)
    {
        var grey = Decoders.Decode(
            decoder,
            PngWriter.Write(1, 100_000, PngWriter.Grey, 8, false, (_, y) => [(byte)(y < 50_000 ? 0 : 200)])
        );

        // Resized it is 256 x 25,600,000: the crop is the 224 middle rows of the 256 over which black becomes light.
        Assert.Equal(200 * 16.5 / 256, grey[0], 0.6);
        Assert.Equal(200 * 239.5 / 256, grey[^1], 0.6);
    }

    [Fact]
    public void A_thread_of_a_picture_whose_resized_length_overflows_does_not_fit()
    {
        Assert.False(CropGeometry.Fits(new(), 1, 20_000_000));
        Assert.False(CropGeometry.Fits(new(), 20_000_000, 1));
        Assert.False(CropGeometry.Fits(new() { ResizeShorterSide = 1 }, 20_000_000, 1));
        Assert.True(CropGeometry.Fits(new(), 1, 1_000_000));
        Assert.True(CropGeometry.Fits(new(), 10_000, 10_000));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_png_that_is_whole_and_breaks_the_rules_is_corrupt(string decoder)
    {
        var file = PngWriter.Rgb(Scene);
        // The check sum of the header.
        file[29] ^= 1;

        Assert.Equal(ImageFailure.Corrupt, Decoders.Try(decoder, file));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_limits_count_pixels_and_bytes_and_hold_to_the_last_one(string decoder)
    {
        var png = PngWriter.Rgb(Scene);

        Assert.Equal(
            ImageFailure.None,
            Decoders.Try(decoder, png, new() { MaxPixels = 96 * 64, MaxEncodedBytes = png.Length })
        );
        Assert.Equal(ImageFailure.TooLarge, Decoders.Try(decoder, png, new() { MaxPixels = (96 * 64) - 1 }));
        Assert.Equal(ImageFailure.TooLarge, Decoders.Try(decoder, png, new() { MaxEncodedBytes = png.Length - 1 }));
    }

    private static byte[] File(string format) =>
        format switch
        {
            "jpeg" => Encoders.Jpeg(Scene, quality: 60),
            "progressive jpeg" => EmbeddedFiles.ProgressiveJpeg,
            "png" => PngWriter.Rgb(Scene),
            "interlaced png" => PngWriter.Rgb(Scene, interlaced: true),
            "webp" => Encoders.LossyWebp(Scene),
            "bmp" => Encoders.Bmp(Picture.Scene(36, 24)),
            _ => Encoders.Gif(Picture.Scene(36, 24)),
        };
}
