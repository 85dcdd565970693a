namespace InferenceMeter.Models;

/// <summary>
/// The input of a model's file as its exporter made it, and the way back from there to the pixels that the engine is
/// fed.
/// </summary>
public sealed record ModelTensor
{
    /// <summary>Of the input in the file.</summary>
    public required string Name { get; init; }

    /// <summary>float16, else float32.</summary>
    public required bool IsHalf { get; init; }

    /// <summary>[N, 3, H, W], else [N, H, W, 3].</summary>
    public required bool ChannelsFirst { get; init; }

    /// <summary>Of each channel in the file's order, none 0: value = pixel x factor + offset.</summary>
    public required IReadOnlyList<float> Factors { get; init; }

    /// <summary>Of the same.</summary>
    public required IReadOnlyList<float> Offsets { get; init; }

    /// <summary>The file's order is blue, green, red.</summary>
    public required bool IsBgr { get; init; }

    /// <summary>
    /// Pixels of an image's values, rounded to the nearest: values that were made of 8-bit pixels give these pixels
    /// exactly.
    /// </summary>
    /// <param name="values">One image, 3 x H x W, in the layout of the file.</param>
    /// <param name="pixels">H x W x 3, red first.</param>
    /// <returns>Index of the first value that is no pixel's, by a level or more; -1 when there is none.</returns>
    public int ToPixels(ReadOnlySpan<float> values, Span<byte> pixels)
    {
        var area = values.Length / 3;
        var (step, next) = ChannelsFirst ? (area, 1) : (1, 3);
        for (var channel = 0; channel < 3; channel++)
        {
            var (factor, offset) = (1 / Factors[channel], -Offsets[channel] / Factors[channel]);
            var to = IsBgr ? 2 - channel : channel;
            for (int i = 0, from = channel * step; i < area; i++, from += next, to += 3)
            {
                var pixel = (values[from] * factor) + offset;
                // Not a number is neither.
                if (!(pixel > -1 && pixel < 256))
                    return from;
                pixels[to] = (byte)Math.Clamp(MathF.Round(pixel), 0, 255);
            }
        }

        return -1;
    }

    /// <summary>What the pixels 0 and 255 are in a channel of the file's order.</summary>
    public (float Low, float High) Range(int channel) =>
        (Offsets[channel], (255 * Factors[channel]) + Offsets[channel]);
}
