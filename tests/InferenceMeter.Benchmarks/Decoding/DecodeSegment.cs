using System.Diagnostics;
using InferenceMeter.Images;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Benchmarks.Decoding;

/// <summary>What one segment of decoding came to: whole passes over the images, on one thread.</summary>
internal readonly record struct DecodeSegment(long Images, double Seconds)
{
    public double ImagesPerSecond => Images / Seconds;

    /// <summary>
    /// Decodes, resizes and crops every image, over and over until <paramref name="seconds"/> have passed.
    /// </summary>
    /// <exception cref="InvalidOperationException">An image does not decode.</exception>
    public static DecodeSegment Run(
        IImageDecoder decoder,
        IReadOnlyList<(string Name, byte[] Bytes)> images,
        byte[] rgb,
        double seconds
    )
    {
        var (done, clock) = (0L, Stopwatch.StartNew());
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            foreach (var (name, bytes) in images)
            {
                if (decoder.Decode(bytes, rgb) is not ImageFailure.None and var failure)
                    throw new InvalidOperationException($"{name} is {failure.ToLabel()}");
            }

            done += images.Count;
        }

        return new(done, clock.Elapsed.TotalSeconds);
    }
}
