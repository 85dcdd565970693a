namespace InferenceMeter.Preprocessing;

/// <summary>
/// Where the crop lies in the resized picture, both in the frame in which the picture is encoded; and how its pixels
/// turn to stand right way up. The rules are torchvision's: longer side = int(shorter x long / short), offset =
/// round half to even of (size - crop) / 2.
/// </summary>
/// <param name="ResizedWidth">Width of the whole picture after resizing, encoded frame.</param>
/// <param name="ResizedHeight">Height likewise.</param>
/// <param name="Left">First kept column of the resized picture.</param>
/// <param name="Top">First kept row.</param>
/// <param name="Width">Kept columns.</param>
/// <param name="Height">Kept rows.</param>
/// <param name="Orientation">EXIF orientation, 1 to 8.</param>
internal readonly record struct CropGeometry(
    int ResizedWidth,
    int ResizedHeight,
    int Left,
    int Top,
    int Width,
    int Height,
    int Orientation
)
{
    /// <summary>Whether a picture is within the limit of pixels, and no such thread that the resized one's longer side overflows.</summary>
    public static bool Fits(PreprocessingOptions options, int width, int height) =>
        (long)width * height <= options.MaxPixels
        && (long)options.ResizeShorterSide * Math.Max(width, height) / Math.Max(1, Math.Min(width, height))
            <= MaxResizedSide
        && (double)Math.Max(options.CropWidth, options.CropHeight)
            * Math.Max(width, height)
            / Math.Max(1, Math.Min(width, height))
            <= MaxResizedSide;

    /// <summary>Computes it.</summary>
    /// <param name="options">Shorter side and crop. A picture that would not cover the crop is scaled up until it does.</param>
    /// <param name="width">Encoded width in pixels.</param>
    /// <param name="height">Encoded height in pixels.</param>
    /// <param name="orientation">EXIF orientation, 1 to 8.</param>
    public static CropGeometry For(PreprocessingOptions options, int width, int height, int orientation)
    {
        var transposed = orientation >= 5;
        var (w, h) = transposed ? (height, width) : (width, height);
        var (resizedWidth, resizedHeight) = Resized(options, w, h);
        var left = (int)Math.Round((resizedWidth - options.CropWidth) / 2.0);
        var top = (int)Math.Round((resizedHeight - options.CropHeight) / 2.0);
        var mirroredLeft = resizedWidth - options.CropWidth - left;
        var mirroredTop = resizedHeight - options.CropHeight - top;
        return orientation switch
        {
            2 => new(resizedWidth, resizedHeight, mirroredLeft, top, options.CropWidth, options.CropHeight, 2),
            3 => new(resizedWidth, resizedHeight, mirroredLeft, mirroredTop, options.CropWidth, options.CropHeight, 3),
            4 => new(resizedWidth, resizedHeight, left, mirroredTop, options.CropWidth, options.CropHeight, 4),
            5 => new(resizedHeight, resizedWidth, top, left, options.CropHeight, options.CropWidth, 5),
            6 => new(resizedHeight, resizedWidth, top, mirroredLeft, options.CropHeight, options.CropWidth, 6),
            7 => new(resizedHeight, resizedWidth, mirroredTop, mirroredLeft, options.CropHeight, options.CropWidth, 7),
            8 => new(resizedHeight, resizedWidth, mirroredTop, left, options.CropHeight, options.CropWidth, 8),
            _ => new(resizedWidth, resizedHeight, left, top, options.CropWidth, options.CropHeight, 1),
        };
    }

    /// <summary>Index of the right-way-up pixel that pixel (<paramref name="x"/>, <paramref name="y"/>) of the encoded crop becomes.</summary>
    public int Target(int x, int y) =>
        Orientation switch
        {
            2 => (y * Width) + Width - 1 - x,
            3 => ((Height - 1 - y) * Width) + Width - 1 - x,
            4 => ((Height - 1 - y) * Width) + x,
            5 => (x * Height) + y,
            6 => (x * Height) + Height - 1 - y,
            7 => ((Width - 1 - x) * Height) + Height - 1 - y,
            8 => ((Width - 1 - x) * Height) + y,
            _ => (y * Width) + x,
        };

    private const int MaxResizedSide = 1 << 30;

    private static (int Width, int Height) Resized(PreprocessingOptions options, int width, int height)
    {
        long shorter = options.ResizeShorterSide;
        var (w, h) = width <= height ? (shorter, shorter * height / width) : (shorter * width / height, shorter);
        if (w >= options.CropWidth && h >= options.CropHeight)
            return ((int)w, (int)h);
        var scale = Math.Max((double)options.CropWidth / width, (double)options.CropHeight / height);
        return (Math.Max(options.CropWidth, (int)(width * scale)), Math.Max(options.CropHeight, (int)(height * scale)));
    }
}
