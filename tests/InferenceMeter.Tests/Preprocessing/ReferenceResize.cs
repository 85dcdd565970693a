namespace InferenceMeter.Tests.Preprocessing;

/// <summary>Resize and centre crop as slowly and plainly as it can be written, in double precision: what the fused kernel must agree with.</summary>
internal static class ReferenceResize
{
    /// <summary>Shorter side to <paramref name="shorter"/>, antialiased bilinear, centre crop.</summary>
    /// <param name="pixels">Right-way-up RGB of any size.</param>
    public static double[] ResizeAndCrop(Func<int, int, int, double> pixels, int width, int height, int shorter = 256, int crop = 224)
    {
        var (w, h) = width <= height ? (shorter, (int)((long)shorter * height / width)) : ((int)((long)shorter * width / height), shorter);
        var (left, top) = ((int)Math.Round((w - crop) / 2.0), (int)Math.Round((h - crop) / 2.0));
        var result = new double[crop * crop * 3];
        for (var y = 0; y < crop; y++)
        {
            var vertical = Taps(height, h, top + y);
            for (var x = 0; x < crop; x++)
            {
                var horizontal = Taps(width, w, left + x);
                for (var channel = 0; channel < 3; channel++)
                {
                    double sum = 0;
                    foreach (var (sy, wy) in vertical)
                    {
                        foreach (var (sx, wx) in horizontal) sum += wy * wx * pixels(sx, sy, channel);
                    }

                    result[(((y * crop) + x) * 3) + channel] = sum;
                }
            }
        }

        return result;
    }

    private static List<(int At, double Weight)> Taps(int source, int resized, int output)
    {
        var scale = (double)source / resized;
        var support = Math.Max(1, scale);
        var centre = (output + 0.5) * scale;
        var taps = Enumerable.Range(0, source)
            .Where(at => at >= (int)Math.Max(0, centre - support + 0.5) && at < (int)(centre + support + 0.5))
            .Select(at => (At: at, Weight: Math.Max(0, 1 - Math.Abs((at + 0.5 - centre) / support)))).ToList();
        var total = taps.Sum(tap => tap.Weight);
        return [.. taps.Select(tap => (tap.At, tap.Weight / total))];
    }
}
