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
        var transposed = orientation >= 5;
        var (w, h) = transposed ? (height, width) : (width, height);
        var (resizedWidth, resizedHeight) = Resized(options, w, h);
        var left = (int)Math.Round((resizedWidth - options.CropWidth) / 2.0);
        var top = (int)Math.Round((resizedHeight - options.CropHeight) / 2.0);
        var mirroredLeft = resizedWidth - options.CropWidth - left;
        var mirroredTop = resizedHeight - options.CropHeight - top;
        return orientation switch
        {
            2 => new CropGeometry
            {
                ResizedWidth = resizedWidth,
                ResizedHeight = resizedHeight,
                Left = mirroredLeft,
                Top = top,
                Width = options.CropWidth,
                Height = options.CropHeight,
                Orientation = 2,
            },
            3 => new CropGeometry
            {
                ResizedWidth = resizedWidth,
                ResizedHeight = resizedHeight,
                Left = mirroredLeft,
                Top = mirroredTop,
                Width = options.CropWidth,
                Height = options.CropHeight,
                Orientation = 3,
            },
            4 => new CropGeometry
            {
                ResizedWidth = resizedWidth,
                ResizedHeight = resizedHeight,
                Left = left,
                Top = mirroredTop,
                Width = options.CropWidth,
                Height = options.CropHeight,
                Orientation = 4,
            },
            5 => new CropGeometry
            {
                ResizedWidth = resizedHeight,
                ResizedHeight = resizedWidth,
                Left = top,
                Top = left,
                Width = options.CropHeight,
                Height = options.CropWidth,
                Orientation = 5,
            },
            6 => new CropGeometry
            {
                ResizedWidth = resizedHeight,
                ResizedHeight = resizedWidth,
                Left = top,
                Top = mirroredLeft,
                Width = options.CropHeight,
                Height = options.CropWidth,
                Orientation = 6,
            },
            7 => new CropGeometry
            {
                ResizedWidth = resizedHeight,
                ResizedHeight = resizedWidth,
                Left = mirroredTop,
                Top = mirroredLeft,
                Width = options.CropHeight,
                Height = options.CropWidth,
                Orientation = 7,
            },
            8 => new CropGeometry
            {
                ResizedWidth = resizedHeight,
                ResizedHeight = resizedWidth,
                Left = mirroredTop,
                Top = left,
                Width = options.CropHeight,
                Height = options.CropWidth,
                Orientation = 8,
            },
            _ => new CropGeometry
            {
                ResizedWidth = resizedWidth,
                ResizedHeight = resizedHeight,
                Left = left,
                Top = top,
                Width = options.CropWidth,
                Height = options.CropHeight,
                Orientation = 1,
            },
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
