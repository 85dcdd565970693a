namespace InferenceMeter.Preprocessing;

/// <summary>
/// Weights of an antialiased bilinear resize along one axis: a triangle as wide as the pixels it averages, the same
/// as Pillow's and torchvision's (antialias=True) for BILINEAR. All weights are in 0..1 and those of an output sum to
/// 1.
/// </summary>
internal sealed class FilterTaps
{
    /// <summary>
    /// Weights for outputs <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1.
    /// </summary>
    /// <param name="source">Source size in pixels.</param>
    /// <param name="filled">How much of it the picture fills: all, or less than one pixel less.</param>
    /// <param name="resized">Size of the whole axis after resizing.</param>
    /// <param name="first">First output wanted.</param>
    /// <param name="count">Outputs wanted.</param>
    public FilterTaps(int source, double filled, int resized, int first, int count)
    {
        var scale = filled / resized;
        var support = Math.Max(scale, 1);
        // Even, because the horizontal pass takes pixels in pairs.
        Length = ((int)Math.Ceiling(support) * 2) + 2;
        Starts = new int[count];
        Ends = new int[count];
        Weights = new float[count * Length];
        for (var i = 0; i < count; i++)
        {
            var centre = (first + i + 0.5) * scale;
            var start = Math.Max(0, (int)(centre - support + 0.5));
            var end = Math.Min(source, (int)(centre + support + 0.5));
            (Starts[i], Ends[i]) = (start, end);
            var sum = 0.0;
            for (var x = start; x < end; x++)
                sum += Triangle((x - centre + 0.5) / support);
            for (var x = start; x < end; x++)
                Weights[(i * Length) + x - start] = (float)(Triangle((x - centre + 0.5) / support) / sum);
        }
    }

    /// <summary>Room for weights per output; those beyond its end are 0.</summary>
    public int Length { get; }

    /// <summary>First source pixel of each output.</summary>
    public int[] Starts { get; }

    /// <summary>One past the last source pixel of each output.</summary>
    public int[] Ends { get; }

    /// <summary>Weights [count, Length].</summary>
    public float[] Weights { get; }

    private static double Triangle(double x) => Math.Max(0, 1 - Math.Abs(x));
}
