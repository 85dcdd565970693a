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

        // Skia's table of live objects grows now and then, whoever uses it: that is not an image's.
        var perImage = Enumerable.Range(0, 5).Min(_ => Allocated(decoder, files, rgb)) / files.Length;

        Assert.InRange(perImage, 1, WrapperBytes);
    }

    private static long Allocated(IImageDecoder decoder, byte[][] files, byte[] rgb)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var file in files) decoder.Decode(file, rgb);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] Encode(string format, Picture picture) => format switch
    {
        "jpeg" => Encoders.Jpeg(picture),
        "png" => PngWriter.Rgb(picture),
        "interlaced png" => PngWriter.Rgb(picture, interlaced: true),
        _ => Encoders.LossyWebp(picture),
    };
}
