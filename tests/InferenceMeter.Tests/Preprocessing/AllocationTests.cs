using InferenceMeter.Images;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Tests.Preprocessing;

public sealed class AllocationTests
{
    /// <summary>What Skia's wrapper objects (data, stream, codec) take for each image.</summary>
    private const int SkiaBytes = 2048;

    /// <summary>
    /// What ImageSharp's own objects take for each image: stream buffers, tables (most of them WebP's) and the row
    /// lists of
    /// its pixel buffers, which themselves are pooled. The pixels of the smallest picture here would be 750 KB.
    /// </summary>
    private const int ImageSharpBytes = 256 * 1024;

    public static TheoryData<string, string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, int>();
            foreach (var format in (string[])["jpeg", "png", "interlaced png", "webp"])
            {
                cases.Add("skia", format, SkiaBytes);
                cases.Add("imagesharp", format, ImageSharpBytes);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Images_of_sizes_seen_before_allocate_no_pixels(string name, string format, int limit)
    {
        (int, int)[] sizes = [(500, 375), (375, 500), (640, 480), (1200, 700)];
        byte[][] files = [.. sizes.Select(size => Encode(format, Picture.Scene(size.Item1, size.Item2)))];
        var rgb = new byte[new PreprocessingOptions().BytesPerImage];
        using var decoder = ImageDecoderFactory.Create(name, new());
        foreach (var file in files)
            Assert.Equal(ImageFailure.None, decoder.Decode(file, rgb));

        // Skia's table of live objects grows now and then, whoever uses it: that is not an image's.
        var perImage = Enumerable.Range(0, 5).Min(_ => Allocated(decoder, files, rgb)) / files.Length;

        Assert.InRange(perImage, 1, limit);
    }

    private static long Allocated(IImageDecoder decoder, byte[][] files, byte[] rgb)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var file in files)
            decoder.Decode(file, rgb);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] Encode(string format, Picture picture) =>
        format switch
        {
            "jpeg" => Encoders.Jpeg(picture),
            "png" => PngWriter.Rgb(picture),
            "interlaced png" => PngWriter.Rgb(picture, interlaced: true),
            _ => Encoders.LossyWebp(picture),
        };
}
