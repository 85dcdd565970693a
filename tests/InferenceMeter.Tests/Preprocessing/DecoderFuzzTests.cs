using CsCheck;
using InferenceMeter.Images;
using InferenceMeter.Preprocessing;
using SkiaSharp;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>Damaged images: a reason or pixels, never an exception, a crash or memory that stays.</summary>
public sealed class DecoderFuzzTests
{
    private const int Iterations = 6_000;

    public static TheoryData<string> Names => Decoders.All;

    [Theory]
    [MemberData(nameof(Names))]
    public void Thousands_of_damaged_images_are_decoded_or_refused(string name)
    {
        var seeds = Seeds();
        var outcomes = new Dictionary<ImageFailure, int>();
        var pixels = new byte[224 * 224 * 3];
        using var decoder = ImageDecoderFactory.Create(name, new PreprocessingOptions { MaxPixels = 1_000_000 });
        Assert.All(seeds, seed => Assert.Equal(ImageFailure.None, decoder.Decode(seed, pixels)));

        Run(500);
        GC.Collect();
        var before = Environment.WorkingSet;
        Run(Iterations);
        GC.Collect();

        Assert.True(
            outcomes[ImageFailure.None] > 100 && outcomes.Keys.Count(reason => reason != ImageFailure.None) >= 3,
            string.Join(", ", outcomes)
        );
        // A decoder's state for one image that was not freed would be some 10 KB each.
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 48_000_000);

        void Run(int count) =>
            Mutations
                .Of(seeds)
                .Sample(
                    image =>
                    {
                        var outcome = decoder.Decode(image, pixels);
                        outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
                    },
                    iter: count,
                    threads: 1
                );
    }

    private static List<byte[]> Seeds()
    {
        using var bitmap = new SKBitmap(61, 47, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (var y = 0; y < bitmap.Height; y++)
        {
            for (var x = 0; x < bitmap.Width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 4), (byte)(y * 5), (byte)((x * y) & 255)));
        }

        var seeds = new[] { SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Png, SKEncodedImageFormat.Webp }
            .Select(format =>
            {
                using var data = bitmap.Encode(format, 90);
                return data.ToArray();
            })
            .ToList();
        seeds.Add(Bmp());
        // The smallest GIF there is.
        seeds.Add(Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"));
        return seeds;
    }

    private static byte[] Bmp()
    {
        const int Side = 16;
        var bytes = new byte[54 + (Side * Side * 3)];
        "BM"u8.CopyTo(bytes);
        foreach (
            var (at, value) in new[]
            {
                (2, bytes.Length),
                (10, 54),
                (14, 40),
                (18, Side),
                (22, Side),
                (34, Side * Side * 3),
            }
        )
            BitConverter.TryWriteBytes(bytes.AsSpan(at), value);
        (bytes[26], bytes[28]) = (1, 24);
        for (var i = 54; i < bytes.Length; i++)
            bytes[i] = (byte)i;
        return bytes;
    }
}
