using InferenceMeter.Composition;
using InferenceMeter.Images;

namespace InferenceMeter.LoadTargets;

/// <summary>
/// The preloaded images that queries are drawn from: encoded, and where tensors are sent as pixels, too.
/// </summary>
internal sealed class SampleSet
{
    private SampleSet(byte[][] encoded, byte[][] pixels) => (Encoded, Pixels) = (encoded, pixels);

    /// <summary>JPEG, PNG, ... as they are.</summary>
    public byte[][] Encoded { get; }

    /// <summary>uint8 <c>[H, W, 3]</c> each; none when they are not asked for.</summary>
    public byte[][] Pixels { get; }

    /// <summary>Loads as many as the source has, at most <paramref name="most"/>.</summary>
    /// <param name="meter">With the images, and the decoder of the model's input size.</param>
    /// <param name="pixels">Whether they are decoded, too; what cannot be is left out.</param>
    /// <exception cref="ImageSourceException">None of them can be used.</exception>
    public static SampleSet Load(Meter meter, int most, bool pixels)
    {
        var (encoded, decoded) = (new List<byte[]>(), new List<byte[]>());
        using var decoder = meter.CreateDecoder();
        for (
            var i = 0;
            i < Math.Min(most, meter.Source.DistinctImages ?? most) && meter.Source.TryNext(out var image);
            i++
        )
        {
            if (image.Failure == ImageFailure.None)
            {
                var rgb = pixels ? new byte[meter.Model.Height * meter.Model.Width * 3] : [];
                if (!pixels || decoder.Decode(image.Bytes.Span, rgb) == ImageFailure.None)
                {
                    encoded.Add(image.Bytes.ToArray());
                    if (pixels)
                        decoded.Add(rgb);
                }
            }

            image.Release();
        }

        return encoded.Count > 0
            ? new SampleSet([.. encoded], [.. decoded])
            : throw new ImageSourceException("not one of the images can be used; give --images others");
    }
}
