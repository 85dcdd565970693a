namespace InferenceMeter.Preprocessing;

/// <summary>
/// Everything about a resize and crop that depends on sizes alone, kept for the next image of the same sizes.
/// </summary>
internal sealed class ResizeCropPlan
{
    /// <summary>Plans it.</summary>
    public ResizeCropPlan(SourceGeometry source, CropGeometry crop)
    {
        Crop = crop;
        var horizontal = new FilterTaps(source.Width, source.FilledWidth, crop.ResizedWidth, crop.Left, crop.Width);
        Vertical = new FilterTaps(source.Height, source.FilledHeight, crop.ResizedHeight, crop.Top, crop.Height);
        (FirstColumn, EndColumn) = (horizontal.Starts[0], horizontal.Ends[^1]);
        (FirstRow, EndRow) = (Vertical.Starts[0], Vertical.Ends[^1]);
        Pairs = horizontal.Length / 2;
        Starts = [.. horizontal.Starts.Select(start => (start - FirstColumn) * 4)];
        // Each weight four times, once for each channel: a pair of pixels is then one multiply-add of eight.
        PairWeights = new float[crop.Width * Pairs * 8];
        for (var i = 0; i < crop.Width * horizontal.Length; i++)
            PairWeights.AsSpan(i * 4, 4).Fill(horizontal.Weights[i]);
        Overlap = 1;
        for (var i = 0; i < crop.Height; i++)
        {
            var last = i;
            while (last + 1 < crop.Height && Vertical.Starts[last + 1] < Vertical.Ends[i])
                last++;
            Overlap = Math.Max(Overlap, last - i + 1);
        }
    }

    public CropGeometry Crop { get; }

    /// <summary>
    /// Columns FirstColumn to EndColumn - 1 and rows FirstRow to EndRow - 1 are all that the crop needs.
    /// </summary>
    public int FirstColumn { get; }

    public int EndColumn { get; }

    public int FirstRow { get; }

    public int EndRow { get; }

    public FilterTaps Vertical { get; }

    /// <summary>Pairs of source pixels per output column.</summary>
    public int Pairs { get; }

    /// <summary>First float of each output column's source pixels, counted from FirstColumn.</summary>
    public int[] Starts { get; }

    public float[] PairWeights { get; }

    /// <summary>Output rows that one source row can be part of.</summary>
    public int Overlap { get; }
}
