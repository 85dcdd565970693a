using InferenceMeter.Preprocessing;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>An RGB picture of a test: uint8 [Height, Width, 3].</summary>
internal sealed record Picture(int Width, int Height, byte[] Rgb)
{
    /// <summary>Smooth, so that lossy codecs keep it, and different in every direction, so that a turn shows.</summary>
    public static Picture Scene(int width, int height) =>
        Of(
            width,
            height,
            (x, y, channel) =>
                channel switch
                {
                    0 => 20 + (200 * x / width),
                    1 => 20 + (200 * y / height),
                    _ => 220 - (100 * x / width) - (100 * y / height),
                }
        );

    public static Picture Noise(int width, int height, int seed)
    {
        var rgb = new byte[width * height * 3];
        new Random(seed).NextBytes(rgb);
        return new(width, height, rgb);
    }

    public static Picture Of(int width, int height, Func<int, int, int, int> value)
    {
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++)
            rgb[i] = (byte)value(i / 3 % width, i / 3 / width, i % 3);
        return new(width, height, rgb);
    }

    public byte this[int x, int y, int channel] => Rgb[(((y * Width) + x) * 3) + channel];

    public Picture Grey() => Of(Width, Height, (x, y, _) => this[x, y, 0]);

    public byte[] Rgba(Func<int, byte>? alpha = null)
    {
        var rgba = new byte[Width * Height * 4];
        for (var i = 0; i < Width * Height; i++)
        {
            Rgb.AsSpan(i * 3, 3).CopyTo(rgba.AsSpan(i * 4));
            rgba[(i * 4) + 3] = alpha?.Invoke(i) ?? 255;
        }

        return rgba;
    }

    /// <summary>The picture as a camera stores it that says "turn me by this EXIF orientation".</summary>
    public Picture StoredAs(int orientation)
    {
        var (width, height) = orientation >= 5 ? (Height, Width) : (Width, Height);
        return Of(
            width,
            height,
            (x, y, channel) =>
                orientation switch
                {
                    // Where the stored row 0 and column 0 lie when the picture is upright (EXIF 2.3, table of tag
                    // 0x0112).
                    2 => this[Width - 1 - x, y, channel],
                    3 => this[Width - 1 - x, Height - 1 - y, channel],
                    4 => this[x, Height - 1 - y, channel],
                    5 => this[y, x, channel],
                    6 => this[Width - 1 - y, x, channel],
                    7 => this[Width - 1 - y, Height - 1 - x, channel],
                    8 => this[y, Height - 1 - x, channel],
                    _ => this[x, y, channel],
                }
        );
    }

    /// <summary>What the decoder has to make of it, by a slow and obvious computation in double precision.</summary>
    public byte[] Preprocessed(PreprocessingOptions options)
    {
        var shorter = Math.Min(Width, Height);
        var longer = (int)((double)options.ResizeShorterSide * Math.Max(Width, Height) / shorter);
        var (width, height) =
            Width <= Height ? (options.ResizeShorterSide, longer) : (longer, options.ResizeShorterSide);
        var left = (int)Math.Round((width - options.CropWidth) / 2.0, MidpointRounding.ToEven);
        var top = (int)Math.Round((height - options.CropHeight) / 2.0, MidpointRounding.ToEven);
        return ResizedAndCropped(width, height, left, top, options.CropWidth, options.CropHeight);
    }

    public byte[] ResizedAndCropped(int width, int height, int left, int top, int cropWidth, int cropHeight)
    {
        var columns = Enumerable.Range(left, cropWidth).Select(x => Weights(Width, width, x)).ToArray();
        var rows = Enumerable.Range(top, cropHeight).Select(y => Weights(Height, height, y)).ToArray();
        var (firstRow, lastRow) = (rows[0][0].Index, rows[^1][^1].Index);
        var narrowed = new double[(lastRow - firstRow + 1) * cropWidth * 3];
        for (var y = firstRow; y <= lastRow; y++)
        for (var x = 0; x < cropWidth; x++)
        for (var channel = 0; channel < 3; channel++)
        {
            var sum = 0.0;
            foreach (var (index, weight) in columns[x])
                sum += weight * this[index, y, channel];
            narrowed[((((y - firstRow) * cropWidth) + x) * 3) + channel] = sum;
        }

        var result = new byte[cropWidth * cropHeight * 3];
        for (var i = 0; i < result.Length; i++)
        {
            var (y, rest) = (i / (cropWidth * 3), i % (cropWidth * 3));
            var sum = 0.0;
            foreach (var (index, weight) in rows[y])
                sum += weight * narrowed[((index - firstRow) * cropWidth * 3) + rest];
            result[i] = (byte)Math.Floor(sum + 0.5);
        }

        return result;
    }

    /// <summary>
    /// Pillow's precompute_coeffs with the triangle filter: source pixels and their weights for one output pixel.
    /// </summary>
    private static (int Index, double Weight)[] Weights(int source, int resized, int output)
    {
        var scale = (double)source / resized;
        var support = Math.Max(1.0, scale);
        var centre = (output + 0.5) * scale;
        var first = Math.Max(0, (int)(centre - support + 0.5));
        var end = Math.Min(source, (int)(centre + support + 0.5));
        var taps = Enumerable
            .Range(first, end - first)
            .Select(i => (Index: i, Weight: Math.Max(0, 1 - Math.Abs((i - centre + 0.5) / support))))
            .ToArray();
        var sum = taps.Sum(tap => tap.Weight);
        return [.. taps.Select(tap => (tap.Index, tap.Weight / sum))];
    }
}
