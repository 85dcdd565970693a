namespace InferenceMeter.Preprocessing;

/// <summary>
/// The pixels that a codec hands over. A scaled decode rounds its size up: half of 533 columns are 267, of which the
/// picture fills 266.5; without that half the result would be stretched.
/// </summary>
/// <param name="Width">Decoded width in pixels.</param>
/// <param name="Height">Decoded height.</param>
/// <param name="FileWidth">Width in the file.</param>
/// <param name="FileHeight">Height in the file.</param>
internal readonly record struct SourceGeometry(int Width, int Height, int FileWidth, int FileHeight)
{
    /// <summary>Columns that the picture fills, not always a whole number.</summary>
    public double FilledWidth => Filled(FileWidth, Width);

    /// <summary>Rows that the picture fills.</summary>
    public double FilledHeight => Filled(FileHeight, Height);

    /// <summary>A source that is not scaled.</summary>
    public static SourceGeometry Whole(int width, int height) => new(width, height, width, height);

    /// <summary>
    /// The scale is one of 1, 1/2, 1/4, 1/8: the one that makes the file's size this one when rounded up.
    /// </summary>
    private static double Filled(int file, int decoded)
    {
        for (var divisor = 1; divisor <= 8; divisor *= 2)
        {
            if ((file + divisor - 1) / divisor == decoded)
                return (double)file / divisor;
        }

        return decoded;
    }
}
