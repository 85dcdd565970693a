#if IMAGESHARP
using System.Runtime.InteropServices;
using InferenceMeter.Images;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// SixLabors.ImageSharp and our own resize: all managed code, for those who hold its licence (<c>-p:ImageSharp=true</c>).
/// It decodes pictures whole; only the resize is limited to the crop.
/// </summary>
internal sealed class ImageSharpDecoder(PreprocessingOptions options) : IImageDecoder
{
    private static readonly DecoderOptions FirstFrame = new() { MaxFrames = 1 };

    private readonly ResizeCropKernel _kernel = new();

    public string Name => "imagesharp";

    public ImageFailure Decode(ReadOnlySpan<byte> encoded, Span<byte> rgb)
    {
        if (encoded.Length > options.MaxEncodedBytes) return ImageFailure.TooLarge;
        if (encoded.IsEmpty) return ImageFailure.Truncated;
        try
        {
            // The header first: what is too large is never allocated.
            var info = Image.Identify(FirstFrame, encoded);
            if ((long)info.Width * info.Height > options.MaxPixels) return ImageFailure.TooLarge;
            if (info.Metadata.DecodedImageFormat is JpegFormat && !JpegEnd.IsThere(encoded)) return ImageFailure.Truncated;
            using var image = Image.Load<Rgba32>(FirstFrame, encoded);
            Resize(image, Orientation(info), rgb);
            return ImageFailure.None;
        }
        catch (UnknownImageFormatException)
        {
            return ImageFailure.Unsupported;
        }
        catch (NotSupportedException)
        {
            return ImageFailure.Unsupported;
        }
        catch (EndOfStreamException)
        {
            return ImageFailure.Truncated;
        }
        catch (InvalidMemoryOperationException)
        {
            return ImageFailure.TooLarge;
        }
        catch (Exception broken) when (broken is not OutOfMemoryException)
        {
            // InvalidImageContentException, and what damaged files make its parsers throw besides.
            return ImageFailure.Corrupt;
        }
    }

    public void Dispose() { }

    private static int Orientation(ImageInfo info) =>
        info.Metadata.ExifProfile is { } exif && exif.TryGetValue(ExifTag.Orientation, out var value) ? Math.Clamp((int)value.Value, 1, 8) : 1;

    private void Resize(Image<Rgba32> image, int orientation, Span<byte> rgb)
    {
        var plan = _kernel.Begin(image.Width, image.Height, CropGeometry.For(options, image.Width, image.Height, orientation));
        var frame = image.Frames.RootFrame;
        for (var y = plan.FirstRow; y < plan.EndRow; y++)
        {
            var row = frame.DangerousGetPixelRowMemory(y).Span[plan.FirstColumn..plan.EndColumn];
            _kernel.Add(y, MemoryMarshal.AsBytes(row), rgb);
        }
    }
}
#endif
