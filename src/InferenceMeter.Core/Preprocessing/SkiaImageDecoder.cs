using System.Runtime.InteropServices;
using InferenceMeter.Images;
using SkiaSharp;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// Skia's codecs (libjpeg-turbo, libpng, libwebp) and our own resize. Colours are taken as they stand in the file and
/// alpha is dropped, as the reference preprocessing of ImageNet models does (Pillow's and torchvision's
/// <c>convert("RGB")</c>). Where a codec decodes row by row, only the rows and, in JPEG, the columns that the crop
/// needs are turned into colours, a few rows at a time, so that they stay in the cache.
/// </summary>
internal sealed class SkiaImageDecoder(PreprocessingOptions options) : IImageDecoder
{
    /// <summary>Rows decoded at a time: a JPEG block row of 4:2:0.</summary>
    private const int StripRows = 16;

    /// <summary>
    /// Columns of a cropped JPEG that may differ from the whole one's: one of colour, which is two of the picture.
    /// </summary>
    private const int EdgeColumns = 2;

    private const int MaxKeptBytes = 16 * 1024 * 1024;

    private readonly ResizeCropKernel _kernel = new();
    private byte[] _rows = [];

    public string Name => "skia";

    public unsafe ImageFailure Decode(ReadOnlySpan<byte> encoded, Span<byte> rgb)
    {
        if (encoded.Length > options.MaxEncodedBytes)
            return ImageFailure.TooLarge;
        if (encoded.IsEmpty)
            return ImageFailure.Truncated;
        fixed (byte* bytes = encoded)
        {
            using var data = SKData.Create((nint)bytes, encoded.Length);
            using var stream = new SKMemoryStream(data);
            using var codec = SKCodec.Create(stream, out var opened);
            // Skia calls a file incomplete whose header it cannot take.
            if (codec is null)
                return opened == SKCodecResult.IncompleteInput && ImageEnd.IsThere(encoded)
                    ? ImageFailure.Corrupt
                    : Map(opened);
            var info = codec.Info;
            if (!CropGeometry.Fits(options, info.Width, info.Height))
                return ImageFailure.TooLarge;
            if (!ImageEnd.IsThere(encoded))
                return ImageFailure.Truncated;
            var jpeg = codec.EncodedFormat == SKEncodedImageFormat.Jpeg;
            var crop = CropGeometry.For(options, info.Width, info.Height, ExifOrientation.Of(encoded));
            var size = jpeg && options.ScaledDecoding ? ScaledSize(codec, crop) : new SKSizeI(info.Width, info.Height);
            var plan = _kernel.Begin(new SourceGeometry(size.Width, size.Height, info.Width, info.Height), crop);
            var target = new SKImageInfo(
                size.Width,
                size.Height,
                SKColorType.Rgba8888,
                info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul
            );
            return DecodeRows(codec, target, plan, jpeg, rgb) ?? DecodeWhole(codec, target, plan, rgb);
        }
    }

    public void Dispose() => _rows = [];

    /// <summary>
    /// The smallest of libjpeg's cheap scales (1/2, 1/4, 1/8: those with a vectorised inverse transform) at which the
    /// picture is still at least as large as it is going to be.
    /// </summary>
    private static SKSizeI ScaledSize(SKCodec codec, CropGeometry crop)
    {
        var best = new SKSizeI(codec.Info.Width, codec.Info.Height);
        foreach (var scale in (ReadOnlySpan<float>)[0.5f, 0.25f, 0.125f])
        {
            var size = codec.GetScaledDimensions(scale);
            if (size.Width < crop.ResizedWidth || size.Height < crop.ResizedHeight)
                break;
            best = size;
        }

        return best;
    }

    /// <returns>The outcome; <see langword="null"/> when this codec cannot decode row by row.</returns>
    private unsafe ImageFailure? DecodeRows(
        SKCodec codec,
        SKImageInfo target,
        ResizeCropPlan plan,
        bool jpeg,
        Span<byte> rgb
    )
    {
        // Colour is interpolated from the neighbours, which a decoder that crops does not have at its edges.
        var (left, right) = jpeg
            ? (Math.Max(0, plan.FirstColumn - EdgeColumns), Math.Min(target.Width, plan.EndColumn + EdgeColumns))
            : (0, target.Width);
        var start =
            jpeg && right - left < target.Width
                ? codec.StartScanlineDecode(target, new SKCodecOptions(new SKRectI(left, 0, right, target.Height)))
                : codec.StartScanlineDecode(target);
        if (start == SKCodecResult.Unimplemented || codec.ScanlineOrder != SKCodecScanlineOrder.TopDown)
            return null;
        if (start != SKCodecResult.Success)
            return jpeg ? Map(start) : null;
        var rowBytes = (right - left) * 4;
        var strip = Math.Clamp(MaxKeptBytes / rowBytes, 1, StripRows);
        Grow(strip * rowBytes);
        if (plan.FirstRow > 0 && !codec.SkipScanlines(plan.FirstRow))
            return ImageFailure.Truncated;
        fixed (byte* rows = _rows)
        {
            for (var y = plan.FirstRow; y < plan.EndRow; )
            {
                var wanted = Math.Min(strip, plan.EndRow - y);
                if (codec.GetScanlines((nint)rows, wanted, rowBytes) < wanted)
                    return ImageFailure.Truncated;
                for (var i = 0; i < wanted; i++, y++)
                    _kernel.Add(
                        y,
                        new ReadOnlySpan<byte>(
                            rows + ((long)i * rowBytes) + ((plan.FirstColumn - left) * 4),
                            (plan.EndColumn - plan.FirstColumn) * 4
                        ),
                        rgb
                    );
            }
        }

        return ImageFailure.None;
    }

    private ImageFailure DecodeWhole(SKCodec codec, SKImageInfo target, ResizeCropPlan plan, Span<byte> rgb)
    {
        if (target.BytesSize64 > Array.MaxLength)
            return ImageFailure.TooLarge;
        Grow((int)target.BytesSize64);
        var pin = GCHandle.Alloc(_rows, GCHandleType.Pinned);
        try
        {
            var decoded = codec.GetPixels(target, pin.AddrOfPinnedObject(), target.RowBytes, SKCodecOptions.Default);
            if (decoded != SKCodecResult.Success)
                return Map(decoded);
            for (var y = plan.FirstRow; y < plan.EndRow; y++)
                _kernel.Add(
                    y,
                    _rows.AsSpan(
                        (y * target.RowBytes) + (plan.FirstColumn * 4),
                        (plan.EndColumn - plan.FirstColumn) * 4
                    ),
                    rgb
                );
            return ImageFailure.None;
        }
        finally
        {
            pin.Free();
            // A picture far above the usual is not kept for the next.
            if (_rows.Length > MaxKeptBytes)
                _rows = [];
        }
    }

    private void Grow(int bytes)
    {
        if (_rows.Length < bytes)
            _rows = new byte[bytes];
    }

    private static ImageFailure Map(SKCodecResult result) =>
        result switch
        {
            SKCodecResult.IncompleteInput => ImageFailure.Truncated,
            SKCodecResult.Unimplemented => ImageFailure.Unsupported,
            _ => ImageFailure.Corrupt,
        };
}
