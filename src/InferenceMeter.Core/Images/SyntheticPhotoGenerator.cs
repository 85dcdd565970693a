using SkiaSharp;

namespace InferenceMeter.Images;

/// <summary>
/// Pictures with the statistics of photographs as far as a JPEG decoder feels them: smooth light, a few shapes with
/// edges, texture whose energy falls with frequency, and sensor noise, in the sizes and byte sizes of ImageNet's
/// photos (mostly 500 x 375 at about 110 KB).
/// </summary>
internal static class SyntheticPhotoGenerator
{
    /// <summary>Sizes and how often each occurs, of 16: what ImageNet's training photos mostly are.</summary>
    private static readonly (int Width, int Height, int Share)[] Sizes =
    [
        (500, 375, 8),
        (375, 500, 2),
        (500, 333, 2),
        (333, 500, 1),
        (500, 500, 1),
        (300, 225, 1),
        (640, 480, 1),
    ];

    /// <summary>One in this many is a large one, as a few of ImageNet's are.</summary>
    private const int LargeEvery = 32;

    /// <summary>Bytes per pixel of ImageNet's JPEGs in the mean: 110 KB for 500 x 375.</summary>
    private const double MeanBytesPerPixel = 0.59;

    /// <summary>
    /// Standard deviation of the logarithm of the byte size: photos spread about a factor of 1.5 around the middle.
    /// </summary>
    private const double Spread = 0.4;

    /// <summary>
    /// High, as most photos' is: below it, the largest byte sizes would take more texture than 8 bits hold.
    /// </summary>
    private const int Quality = 97;

    /// <summary>Makes photograph number <paramref name="index"/>: the same bytes every time.</summary>
    public static byte[] Make(int index)
    {
        var random = new Random(7919 * (index + 1));
        var (width, height) = Size(index);
        // A log-normal distribution, its tails cut at half and twice the middle: more than that texture does not give.
        var target =
            width
            * height
            * MeanBytesPerPixel
            * Math.Exp((Spread * Math.Clamp(Normal(random), -1.75, 1.75)) - (Spread * Spread / 2));
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        DrawScene(bitmap, random);
        var scene = bitmap.GetPixelSpan().ToArray();
        var texture = Texture(width, height, random);
        var (amplitude, jpeg) = (30.0, Array.Empty<byte>());
        for (var attempt = 0; attempt < 6; attempt++)
        {
            Mix(bitmap, scene, texture, amplitude);
            jpeg = Encode(bitmap);
            var off = jpeg.Length / target;
            if (off is > 0.94 and < 1.06)
                break;
            amplitude = Math.Clamp(amplitude / Math.Pow(off, 1.6), 0.5, 160);
        }

        return jpeg;
    }

    private static (int Width, int Height) Size(int index)
    {
        if (index % LargeEvery == LargeEvery - 1)
            return index % (2 * LargeEvery) == LargeEvery - 1 ? (1024, 768) : (1600, 1200);
        var place = index * 5 % 16;
        foreach (var (width, height, share) in Sizes)
        {
            if ((place -= share) < 0)
                return (width, height);
        }

        return (500, 375);
    }

    private static void DrawScene(SKBitmap bitmap, Random random)
    {
        using var canvas = new SKCanvas(bitmap);
        using var paint = new SKPaint { IsAntialias = true };
        var (width, height) = (bitmap.Width, bitmap.Height);
        using (
            paint.Shader = SKShader.CreateLinearGradient(
                new SKPoint(0, 0),
                new SKPoint(width * random.NextSingle(), height),
                [Colour(random), Colour(random)],
                SKShaderTileMode.Clamp
            )
        )
            canvas.DrawPaint(paint);
        for (var i = 0; i < 14; i++)
        {
            var (x, y, size) = (
                width * random.NextSingle(),
                height * random.NextSingle(),
                Math.Max(width, height) * (0.03f + (0.25f * random.NextSingle()))
            );
            using (
                paint.Shader = SKShader.CreateRadialGradient(
                    new SKPoint(x, y),
                    size,
                    [Colour(random), Colour(random)],
                    SKShaderTileMode.Clamp
                )
            )
            {
                canvas.Save();
                canvas.RotateDegrees(360 * random.NextSingle(), x, y);
                if (i % 2 == 0)
                    canvas.DrawOval(x, y, size, size * (0.3f + (0.7f * random.NextSingle())), paint);
                else
                    canvas.DrawRect(
                        x - (size / 2),
                        y - (size / 2),
                        size,
                        size * (0.2f + (0.8f * random.NextSingle())),
                        paint
                    );
                canvas.Restore();
            }
        }
    }

    private static SKColor Colour(Random random) =>
        new((byte)random.Next(20, 236), (byte)random.Next(20, 236), (byte)random.Next(20, 236));

    /// <summary>
    /// Noise of five octaves, -1..1, each half as fine and stronger: photographs' amplitude falls about as 1/f.
    /// </summary>
    private static float[] Texture(int width, int height, Random random)
    {
        var sum = new float[width * height];
        for (var octave = 0; octave < 5; octave++)
        {
            var cell = 1 << octave;
            var (columns, rows) = ((width / cell) + 2, (height / cell) + 2);
            var grid = new float[columns * rows];
            for (var i = 0; i < grid.Length; i++)
                grid[i] = (random.NextSingle() - 0.5f) * (0.25f + (0.1f * octave));
            for (var y = 0; y < height; y++)
            {
                var (gy, fy) = (y / cell, y % cell / (float)cell);
                for (var x = 0; x < width; x++)
                {
                    var (gx, fx) = (x / cell, x % cell / (float)cell);
                    var at = (gy * columns) + gx;
                    var top = grid[at] + (fx * (grid[at + 1] - grid[at]));
                    var bottom = grid[at + columns] + (fx * (grid[at + columns + 1] - grid[at + columns]));
                    sum[(y * width) + x] += top + (fy * (bottom - top));
                }
            }
        }

        return sum;
    }

    private static void Mix(SKBitmap bitmap, byte[] scene, float[] texture, double amplitude)
    {
        var pixels = bitmap.GetPixelSpan();
        for (var i = 0; i < texture.Length; i++)
        {
            var delta = (float)(amplitude * texture[i]);
            for (var channel = 0; channel < 3; channel++)
                pixels[(4 * i) + channel] = (byte)
                    Math.Clamp(scene[(4 * i) + channel] + (delta * (1 - (0.15f * channel))), 0, 255);
        }
    }

    private static byte[] Encode(SKBitmap bitmap)
    {
        using var pixmap = bitmap.PeekPixels();
        using var data = pixmap.Encode(
            new SKJpegEncoderOptions(Quality, SKJpegEncoderDownsample.Downsample420, SKJpegEncoderAlphaOption.Ignore)
        );
        return data?.ToArray() ?? throw new InvalidOperationException("Skia did not encode a picture of its own");
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
