using InferenceMeter.Images;
using InferenceMeter.Preprocessing;
using SkiaSharp;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>What every decoder of this build must do.</summary>
public sealed class DecoderTests
{
    public static TheoryData<string> Decoders => [.. ImageDecoderFactory.Names];

    public static TheoryData<string, int, int> Sizes
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (var decoder in ImageDecoderFactory.Names)
            {
                foreach (var (width, height) in new[] { (500, 375), (375, 500), (256, 256), (224, 224), (333, 257), (64, 48), (1, 1), (1, 40), (7, 3), (900, 260), (601, 599), (3, 300) })
                    data.Add(decoder, width, height);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Resize_and_crop_agree_with_the_plain_reference_to_the_rounding(string decoder, int width, int height)
    {
        var png = Pictures.Noise(width, height, seed: width);
        using var bitmap = SKBitmap.Decode(png);

        var (failure, rgb) = Pictures.Decode(decoder, png);

        var reference = ReferenceResize.ResizeAndCrop((x, y, c) => bitmap.GetPixel(x, y) is var p && c == 0 ? p.Red : c == 1 ? p.Green : p.Blue, width, height);
        Assert.Equal(ImageFailure.None, failure);
        Assert.InRange(Pictures.Difference(rgb, reference).Most, 0, 0.51);
    }

    [Theory, MemberData(nameof(Decoders))]
    public void Formats_all_come_out_as_the_same_picture(string decoder)
    {
        var reference = Smooth(320, 240);
        foreach (var (name, encoded, tolerance) in Formats(320, 240))
        {
            var (failure, rgb) = Pictures.Decode(decoder, encoded);
            Assert.True(failure == ImageFailure.None, $"{name}: {failure}");
            var mean = Pictures.Difference(rgb, reference).Mean;
            Assert.True(mean <= tolerance, $"{name}: mean difference {mean:0.00}, at most {tolerance}");
        }
    }

    [Theory, MemberData(nameof(Decoders))]
    public void A_photo_stands_right_way_up_however_the_camera_was_held(string decoder)
    {
        var (width, height) = (320, 240);
        var upright = Smooth(width, height);
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            // The picture as the sensor saw it: turned so that undoing the orientation gives the upright one.
            var turned = orientation >= 5;
            var (w, h) = turned ? (height, width) : (width, height);
            using var stored = new SKBitmap(new SKImageInfo(w, h, SKColorType.Rgba8888, SKAlphaType.Opaque));
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var (sx, sy) = orientation switch
                    {
                        2 => (width - 1 - x, y),
                        3 => (width - 1 - x, height - 1 - y),
                        4 => (x, height - 1 - y),
                        5 => (y, x),
                        6 => (y, width - 1 - x),
                        7 => (height - 1 - y, width - 1 - x),
                        8 => (height - 1 - y, x),
                        _ => (x, y),
                    };
                    stored.SetPixel(sx, sy, new SKColor(Pictures.Value(x, y, 0, width, height), Pictures.Value(x, y, 1, width, height), Pictures.Value(x, y, 2, width, height)));
                }
            }

            var (failure, rgb) = Pictures.Decode(decoder, Pictures.WithOrientation(Pictures.Encode(stored, SKEncodedImageFormat.Jpeg), orientation));

            Assert.Equal(ImageFailure.None, failure);
            var mean = Pictures.Difference(rgb, upright).Mean;
            Assert.True(mean < 2, $"orientation {orientation}: mean difference {mean:0.00}");
        }
    }

    [Theory, MemberData(nameof(Decoders))]
    public void Transparency_is_dropped_and_the_colours_below_it_stay(string decoder)
    {
        var rows = new byte[300 * 300 * 4];
        for (var i = 0; i < rows.Length; i += 4) (rows[i], rows[i + 1], rows[i + 2], rows[i + 3]) = (200, 100, 50, (byte)(i / 4 % 256));

        var (failure, rgb) = Pictures.Decode(decoder, Pictures.Png(300, 300, 8, 6, rows, 300 * 4));

        Assert.Equal(ImageFailure.None, failure);
        // Colours below nearly full transparency lose precision in some decoders' intermediate form; the picture keeps its colour.
        Assert.InRange(rgb.Where((_, i) => i % 3 == 0).Average(v => v), 195, 205);
        Assert.InRange(rgb.Where((_, i) => i % 3 == 1).Average(v => v), 95, 105);
        Assert.InRange(rgb.Where((_, i) => i % 3 == 2).Average(v => v), 45, 55);
    }

    [Theory, MemberData(nameof(Decoders))]
    public void Files_that_are_no_pictures_fail_with_a_reason(string decoder)
    {
        Assert.Equal(ImageFailure.Truncated, Pictures.Decode(decoder, []).Failure);
        Assert.Equal(ImageFailure.Unsupported, Pictures.Decode(decoder, "no picture at all, but some text"u8.ToArray()).Failure);
        Assert.NotEqual(ImageFailure.None, Pictures.Decode(decoder, new byte[4096]).Failure);
    }

    [Theory, MemberData(nameof(Decoders))]
    public void A_file_cut_short_anywhere_is_never_taken_for_a_picture(string decoder)
    {
        foreach (var format in new[] { SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png })
        {
            var whole = Pictures.Encode(300, 260, format, 90);
            for (var length = 1; length < whole.Length - 2; length += Math.Max(1, whole.Length / 150))
            {
                // The last bytes of a PNG after its pixels (its end marker) may be missing: the picture is whole then.
                if (format == SKEncodedImageFormat.Png && length > whole.Length - 24) break;
                var failure = Pictures.Decode(decoder, whole[..length]).Failure;
                Assert.True(failure is ImageFailure.Truncated or ImageFailure.Corrupt or ImageFailure.Unsupported, $"{format} cut to {length} of {whole.Length}: {failure}");
            }
        }
    }

    [Theory, MemberData(nameof(Decoders))]
    public void Flipped_bytes_never_throw(string decoder)
    {
        using var decode = ImageDecoderFactory.Create(decoder, new PreprocessingOptions());
        var rgb = new byte[224 * 224 * 3];
        var failures = 0;
        foreach (var (_, encoded, _) in Formats(64, 48))
        {
            var random = new Random(1);
            for (var round = 0; round < 60; round++)
            {
                var broken = (byte[])encoded.Clone();
                for (var flips = 0; flips < 4; flips++) broken[random.Next(broken.Length)] ^= (byte)(1 << random.Next(8));
                if (decode.Decode(broken, rgb) != ImageFailure.None) failures++;
            }
        }

        Assert.True(failures > 20, $"only {failures} of the broken files were found out");
    }

    [Theory, MemberData(nameof(Decoders))]
    public void A_picture_of_sixty_thousand_pixels_square_costs_nothing(string decoder)
    {
        var huge = Pictures.Png(60_000, 60_000, 8, 2, [], 0);
        Pictures.Decode(decoder, huge);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var decode = ImageDecoderFactory.Create(decoder, new PreprocessingOptions());
        var rgb = new byte[224 * 224 * 3];

        var failure = decode.Decode(huge, rgb);

        Assert.Equal(ImageFailure.TooLarge, failure);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400_000);
    }

    [Theory, MemberData(nameof(Decoders))]
    public void More_bytes_than_the_limit_are_too_large(string decoder)
    {
        var jpeg = Pictures.Encode(300, 300, SKEncodedImageFormat.Jpeg);

        Assert.Equal(ImageFailure.TooLarge, Pictures.Decode(decoder, jpeg, new PreprocessingOptions { MaxEncodedBytes = jpeg.Length - 1 }).Failure);
        Assert.Equal(ImageFailure.None, Pictures.Decode(decoder, jpeg, new PreprocessingOptions { MaxEncodedBytes = jpeg.Length }).Failure);
    }

    [Theory, MemberData(nameof(Decoders))]
    public void Another_crop_than_the_usual_is_computed_as_well(string decoder)
    {
        var (failure, rgb) = Pictures.Decode(decoder, Pictures.Noise(400, 300, 3), new PreprocessingOptions { ResizeShorterSide = 120, CropWidth = 96, CropHeight = 96 });

        Assert.Equal(ImageFailure.None, failure);
        Assert.Equal(96 * 96 * 3, rgb.Length);
        Assert.InRange(rgb.Average(v => v), 110, 145);
    }

    [Fact]
    public void An_unknown_decoder_is_named_with_those_there_are()
    {
        var error = Assert.Throws<ArgumentException>(() => ImageDecoderFactory.Create("gdi", new PreprocessingOptions()));

        Assert.Contains("skia", error.Message, StringComparison.Ordinal);
    }

    private static double[] Smooth(int width, int height) =>
        ReferenceResize.ResizeAndCrop((x, y, c) => Pictures.Value(x, y, c, width, height), width, height);

    /// <summary>The smooth picture in every format, with the mean difference that its losses may make.</summary>
    private static IEnumerable<(string Name, byte[] Encoded, double Tolerance)> Formats(int width, int height)
    {
        yield return ("JPEG", Pictures.Encode(width, height, SKEncodedImageFormat.Jpeg), 2);
        yield return ("PNG", Pictures.Encode(width, height, SKEncodedImageFormat.Png), 0.3);
        yield return ("WebP", Pictures.Encode(width, height, SKEncodedImageFormat.Webp, 95), 4);
        yield return ("BMP", Bmp(width, height), 0.3);
        var rgb16 = new byte[width * height * 6];
        for (var i = 0; i < width * height; i++)
        {
            for (var c = 0; c < 3; c++) rgb16[(i * 6) + (c * 2)] = rgb16[(i * 6) + (c * 2) + 1] = Pictures.Value(i % width, i / width, c, width, height);
        }

        yield return ("16-bit PNG", Pictures.Png(width, height, 16, 2, rgb16, width * 6), 0.6);
    }

    private static byte[] Bmp(int width, int height)
    {
        var stride = (width * 3 + 3) / 4 * 4;
        var bmp = new byte[54 + (stride * height)];
        using var writer = new BinaryWriter(new MemoryStream(bmp));
        writer.Write("BM"u8);
        foreach (var value in new[] { bmp.Length, 0, 54, 40, width, height }) writer.Write(value);
        writer.Write((short)1);
        writer.Write((short)24);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var at = 54 + ((height - 1 - y) * stride) + (x * 3);
                for (var c = 0; c < 3; c++) bmp[at + 2 - c] = Pictures.Value(x, y, c, width, height);
            }
        }

        return bmp;
    }
}
