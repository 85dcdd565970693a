namespace InferenceMeter.Preprocessing;

/// <summary>
/// Where the crop lies in the resized picture, both in the frame in which the picture is encoded; and how its pixels
/// turn to stand right way up. The rules are torchvision's: longer side = int(shorter x long / short), offset =
/// round half to even of (size - crop) / 2.
/// </summary>
internal readonly record struct CropGeometry
{
    /// <summary>Width of the whole picture after resizing, encoded frame.</summary>
    public required int ResizedWidth { get; init; }

    /// <summary>Height likewise.</summary>
    public required int ResizedHeight { get; init; }

    /// <summary>First kept column of the resized picture.</summary>
    public required int Left { get; init; }

    /// <summary>First kept row.</summary>
    public required int Top { get; init; }

    /// <summary>Kept columns.</summary>
    public required int Width { get; init; }

    /// <summary>Kept rows.</summary>
    public required int Height { get; init; }

    /// <summary>EXIF orientation, 1 to 8.</summary>
    public required int Orientation { get; init; }

    /// <summary>
    /// Whether a picture is within the limit of pixels, and no such thread that the resized one's longer side
    /// overflows.
    /// </summary>
    public static bool Fits(PreprocessingOptions options, int width, int height) =>
        (long)width * height <= options.MaxPixels
        && (long)options.ResizeShorterSide * Math.Max(width, height) / Math.Max(1, Math.Min(width, height))
            <= MaxResizedSide
        && (double)Math.Max(options.CropWidth, options.CropHeight)
            * Math.Max(width, height)
            / Math.Max(1, Math.Min(width, height))
            <= MaxResizedSide;

    /// <summary>Computes it.</summary>
    /// <param name="options">
    /// Shorter side and crop. A picture that would not cover the crop is scaled up until it does.
    /// </param>
    /// <param name="width">Encoded width in pixels.</param>
    /// <param name="height">Encoded height in pixels.</param>
    /// <param name="orientation">EXIF orientation, 1 to 8.</param>
    public static CropGeometry For(PreprocessingOptions options, int width, int height, int orientation)
    {
        var known = orientation is >= 1 and <= 8 ? orientation : 1;
        // What EXIF's eight orientations do to the upright picture: mirror it, turn it over, and then, from 5 on,
        // swap its axes.
        var mirrored = known is 2 or 3 or 6 or 7;
        var turnedOver = known is 3 or 4 or 7 or 8;
        var transposed = known >= 5;
        var (w, h) = transposed ? (height, width) : (width, height);
        var (resizedWidth, resizedHeight) = Resized(options, w, h);
        var left = (int)Math.Round((resizedWidth - options.CropWidth) / 2.0);
        var top = (int)Math.Round((resizedHeight - options.CropHeight) / 2.0);
        if (mirrored)
            left = resizedWidth - options.CropWidth - left;
        if (turnedOver)
            top = resizedHeight - options.CropHeight - top;
        return new CropGeometry
        {
            ResizedWidth = transposed ? resizedHeight : resizedWidth,
            ResizedHeight = transposed ? resizedWidth : resizedHeight,
            Left = transposed ? top : left,
            Top = transposed ? left : top,
            Width = transposed ? options.CropHeight : options.CropWidth,
            Height = transposed ? options.CropWidth : options.CropHeight,
            Orientation = known,
        };
    }

    /// <summary>
    /// Index of the right-way-up pixel that pixel (<paramref name="x"/>, <paramref name="y"/>) of the encoded crop
    /// becomes.
    /// </summary>
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
