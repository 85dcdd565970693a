using System.Reflection;
using InferenceMeter.Images;
using InferenceMeter.Preprocessing;
using SixLabors.ImageSharp;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>What is particular to ImageSharp: its licence, its formats, and sizes that it believes too soon.</summary>
public sealed class ImageSharpTests
{
    private const long SmallAllocation = 1_000_000;

    [Fact]
    public void It_is_of_the_last_line_under_the_Apache_licence()
    {
        var assembly = typeof(Image).Assembly;

        // From version 3 on a paid licence is asked for.
        Assert.Equal(2, assembly.GetName().Version!.Major);
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        Assert.StartsWith("2.1.13", version, StringComparison.Ordinal);
    }

    [Fact]
    public void It_parses_five_formats_and_no_other() =>
        Assert.Equal(
            ["BMP", "GIF", "JPEG", "PNG", "Webp"],
            ImageSharpDecoder.FormatNames.Order(StringComparer.Ordinal)
        );

    [Theory]
    [InlineData("II*\0\b\0\0\0")]
    [InlineData("MM\0*\0\0\0\b")]
    [InlineData("P6 2 2 255\n")]
    public void A_format_that_it_could_read_but_is_not_of_the_contract_is_unsupported(string start)
    {
        byte[] file = [.. System.Text.Encoding.Latin1.GetBytes(start), .. new byte[4096]];

        Assert.Equal(ImageFailure.Unsupported, Decoders.Try("imagesharp", file));
    }

    /// <summary>
    /// ImageSharp issue 3074: it made a colour table as long as the header says that the pixels are away.
    /// </summary>
    [Fact]
    public void A_bmp_of_a_few_bytes_cannot_ask_for_gigabytes()
    {
        var bmp = Encoders.Bmp(Picture.Scene(8, 8))[..60];
        // The pixels' place; a palette of 8 bits whose number of colours is not given.
        BitConverter.TryWriteBytes(bmp.AsSpan(10), 2_000_000_000);
        BitConverter.TryWriteBytes(bmp.AsSpan(28), (short)8);
        BitConverter.TryWriteBytes(bmp.AsSpan(46), 0);

        Assert.Equal(ImageFailure.Truncated, DecodeInLittleMemory(bmp));
    }

    [Fact]
    public void A_bmp_inside_another_header_is_unsupported() =>
        Assert.Equal(
            ImageFailure.Unsupported,
            DecodeInLittleMemory([.. "BA"u8, .. new byte[12], .. Encoders.Bmp(Picture.Scene(8, 8))])
        );

    [Fact]
    public void A_chunk_of_a_webp_that_claims_more_than_the_file_has_is_corrupt()
    {
        var webp = Encoders.LosslessWebp(Picture.Scene(8, 8));
        const int PlaceOfFirstChunkSize = 16;
        BitConverter.TryWriteBytes(webp.AsSpan(PlaceOfFirstChunkSize), 900_000_000);

        Assert.Equal(ImageFailure.Corrupt, DecodeInLittleMemory(webp));
    }

    /// <summary>
    /// Text that inflates to a hundred times its size, which the codec would inflate to find an orientation.
    /// </summary>
    [Fact]
    public void A_png_whose_text_is_a_bomb_costs_no_more_than_its_pixels()
    {
        var plain = PngWriter.Rgb(Picture.Scene(32, 32));
        var bomb = PngWriter.WithText(Picture.Scene(32, 32), inflatedBytes: 50_000_000);

        Assert.Equal(Decoders.Decode("imagesharp", plain), Decoders.Decode("imagesharp", bomb));
        Assert.Equal(ImageFailure.None, DecodeInLittleMemory(bomb));
    }

    private static ImageFailure DecodeInLittleMemory(byte[] file)
    {
        var rgb = new byte[new PreprocessingOptions().BytesPerImage];
        using var decoder = ImageDecoderFactory.Create("imagesharp", new());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var failure = decoder.Decode(file, rgb);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, SmallAllocation);
        return failure;
    }
}
