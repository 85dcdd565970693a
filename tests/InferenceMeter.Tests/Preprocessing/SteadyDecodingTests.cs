using InferenceMeter.Images;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Tests.Preprocessing;

public sealed class SteadyDecodingTests
{
    /// <summary>What Skia's own wrapper objects take for one picture; no pixel and no plan is among it.</summary>
    private const long WrapperBytes = 4096;

    [Fact]
    public void In_steady_state_only_the_codec_allocates()
    {
        var photos = new[] { 0, 1, 2, 31 }.Select(SyntheticPhotoGenerator.Make).ToArray();
        using var decoder = ImageDecoderFactory.Create("skia", new PreprocessingOptions());
        var rgb = new byte[224 * 224 * 3];
        foreach (var photo in photos) Assert.Equal(ImageFailure.None, decoder.Decode(photo, rgb));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 5; round++)
        {
            foreach (var photo in photos) decoder.Decode(photo, rgb);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (5 * photos.Length), 0, WrapperBytes);
    }

    [Fact]
    public void Scaled_decoding_stays_close_to_full_decoding()
    {
        // 31 and 63 are the large ones, where scaling down while decoding sets in.
        foreach (var index in new[] { 31, 63 })
        {
            var photo = SyntheticPhotoGenerator.Make(index);
            var full = Pictures.Decode("skia", photo, new PreprocessingOptions { ScaledDecoding = false }).Rgb;
            var scaled = Pictures.Decode("skia", photo, new PreprocessingOptions { ScaledDecoding = true }).Rgb;

            var differences = full.Zip(scaled, (a, b) => Math.Abs(a - b)).Order().ToList();

            Assert.NotEqual(full, scaled);
            // These are far noisier than photos, whose mean difference is below 2.5 (see PillowTests).
            Assert.InRange(differences.Average(), 0, 6);
            Assert.InRange(differences[(int)(differences.Count * 0.999)], 0, 32);
        }
    }
}
