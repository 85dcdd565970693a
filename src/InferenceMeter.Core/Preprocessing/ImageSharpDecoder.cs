#if IMAGESHARP
using System.Runtime.InteropServices;
using InferenceMeter.Images;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// SixLabors.ImageSharp's all-managed codecs and our own resize. Colours are taken as they stand in the file and alpha
/// is dropped, as in <see cref="SkiaImageDecoder"/>.
/// </summary>
internal sealed class ImageSharpDecoder(PreprocessingOptions options) : IImageDecoder
{
    /// <summary>The formats of the contract and one thread: the pipeline has a worker for each core.</summary>
    private static readonly Configuration Formats = new(
        new JpegConfigurationModule(),
        new PngConfigurationModule(),
        new WebpConfigurationModule(),
        new BmpConfigurationModule(),
        new GifConfigurationModule()) { MaxDegreeOfParallelism = 1 };

    /// <summary>For the header: size and EXIF orientation.</summary>
    private static readonly DecoderOptions Header = new() { Configuration = Formats, MaxFrames = 1 };

    /// <summary>For the pixels, which need nothing else.</summary>
    private static readonly DecoderOptions Pixels = new() { Configuration = Formats, MaxFrames = 1, SkipMetadata = true };

    private readonly ResizeCropKernel _kernel = new();

    public string Name => "imagesharp";

    public ImageFailure Decode(ReadOnlySpan<byte> encoded, Span<byte> rgb)
    {
        if (encoded.Length > options.MaxEncodedBytes) return ImageFailure.TooLarge;
        if (encoded.IsEmpty) return ImageFailure.Truncated;
        try
        {
            var info = Image.Identify(Header, encoded);
            if (!CropGeometry.Fits(options, info.Width, info.Height)) return ImageFailure.TooLarge;
            // Missing rows of a JPEG would come out grey, without an exception.
            if (!ImageEnd.IsThere(encoded)) return ImageFailure.Truncated;
            var crop = CropGeometry.For(options, info.Width, info.Height, Orientation(info));
            using var image = Load(encoded, info, crop);
            Resize(image, info, crop, rgb);
            return ImageFailure.None;
        }
        catch (Exception e) when (e is UnknownImageFormatException or NotSupportedException)
        {
            return ImageFailure.Unsupported;
        }
        catch (Exception)
        {
            // InvalidImageContentException is the rule; a managed codec that meets bytes nobody thought of throws whatever it throws.
            return ImageEnd.IsThere(encoded) ? ImageFailure.Corrupt : ImageFailure.Truncated;
        }
    }

    public void Dispose() { }

    private static int Orientation(ImageInfo info) =>
        info.Metadata.ExifProfile is { } exif && exif.TryGetValue(ExifTag.Orientation, out var value) && value.Value is >= 1 and <= 8 ? value.Value : 1;

    private unsafe Image<Rgba32> Load(ReadOnlySpan<byte> encoded, ImageInfo info, CropGeometry crop)
    {
        if (!options.ScaledDecoding || info.Metadata.DecodedImageFormat is not JpegFormat) return Image.Load<Rgba32>(Pixels, encoded);
        // The smallest of 1/1, 1/2, 1/4 and 1/8 that still covers the target; the rest is our resize's.
        var scaled = new JpegDecoderOptions
        {
            GeneralOptions = new() { Configuration = Formats, MaxFrames = 1, SkipMetadata = true, TargetSize = new Size(crop.ResizedWidth, crop.ResizedHeight) },
            ResizeMode = JpegDecoderResizeMode.IdctOnly,
        };
        fixed (byte* bytes = encoded)
        {
            using var stream = new UnmanagedMemoryStream(bytes, encoded.Length);
            return JpegDecoder.Instance.Decode<Rgba32>(scaled, stream);
        }
    }

    private void Resize(Image<Rgba32> image, ImageInfo info, CropGeometry crop, Span<byte> rgb)
    {
        var plan = _kernel.Begin(new SourceGeometry(image.Width, image.Height, info.Width, info.Height), crop);
        var pixels = image.Frames.RootFrame.PixelBuffer;
        for (var y = plan.FirstRow; y < plan.EndRow; y++)
            _kernel.Add(y, MemoryMarshal.AsBytes(pixels.DangerousGetRowSpan(y)[plan.FirstColumn..plan.EndColumn]), rgb);
    }
}
#endif
