using InferenceMeter.Images;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Tests.Preprocessing;

public sealed class AllocationTests
{
    /// <summary>What Skia's wrapper objects (data, stream, codec) take for each image; pixels would be a thousand times that.</summary>
    private const int WrapperBytes = 2048;

    [Theory]
    [InlineData("jpeg")]
    [InlineData("png")]
    [InlineData("interlaced png")]
    [InlineData("webp")]
    public void Images_of_sizes_seen_before_allocate_no_pixels(string format)
    {
        (int, int)[] sizes = [(500, 375), (375, 500), (640, 480), (1200, 700)];
        byte[][] files = [.. sizes.Select(size => Encode(format, Picture.Scene(size.Item1, size.Item2)))];
        var rgb = new byte[new PreprocessingOptions().BytesPerImage];
        using var decoder = ImageDecoderFactory.Create("skia", new());
        foreach (var file in files) Assert.Equal(ImageFailure.None, decoder.Decode(file, rgb));

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var file in files) decoder.Decode(file, rgb);
        var perImage = (GC.GetAllocatedBytesForCurrentThread() - before) / files.Length;

        Assert.InRange(perImage, 0, WrapperBytes);
    }

    private static byte[] Encode(string format, Picture picture) => format switch
    {
        "jpeg" => Encoders.Jpeg(picture),
        "png" => PngWriter.Rgb(picture),
        "interlaced png" => PngWriter.Rgb(picture, interlaced: true),
        _ => Encoders.LossyWebp(picture),
    };
}
