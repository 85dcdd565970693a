using System.Buffers.Binary;
using System.Runtime.InteropServices;
using InferenceMeter.Images;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// SixLabors.ImageSharp's managed codecs and our own resize. Colours are taken as they stand in the file and alpha is
/// dropped, as in <see cref="SkiaImageDecoder"/>. Version 2 has no scaled JPEG decoding and no animated WebP.
/// </summary>
internal sealed class ImageSharpDecoder(PreprocessingOptions options) : IImageDecoder
{
    /// <summary>Megabytes of pixel buffers kept for the next image, over all decoders.</summary>
    private const int PoolMegabytes = 64;

    private static readonly Configuration Formats = CreateFormats();

    private readonly ResizeCropKernel _kernel = new();

    public string Name => "imagesharp";

    /// <summary>The formats that its codecs take: all others, TIFF and TGA among them, are never parsed.</summary>
    internal static IEnumerable<string> FormatNames => Formats.ImageFormats.Select(format => format.Name);

    public unsafe ImageFailure Decode(ReadOnlySpan<byte> encoded, Span<byte> rgb)
    {
        if (encoded.Length > options.MaxEncodedBytes)
            return ImageFailure.TooLarge;
        if (encoded.IsEmpty)
            return ImageFailure.Truncated;
        fixed (byte* bytes = encoded)
        {
            using var stream = new UnmanagedMemoryStream(bytes, encoded.Length);
            try
            {
                return Decode(encoded, stream, rgb);
            }
            catch (Exception e) when (e is UnknownImageFormatException or NotSupportedException)
            {
                return ImageFailure.Unsupported;
            }
            catch (InvalidMemoryOperationException)
            {
                // The library's own limit on one buffer.
                return ImageFailure.TooLarge;
            }
            catch (Exception)
            {
                // InvalidImageContentException is the rule, but a managed codec that meets bytes nobody thought of may
                // throw anything.
                return ImageEnd.IsThere(encoded) ? ImageFailure.Corrupt : ImageFailure.Truncated;
            }
        }
    }

    public void Dispose() { }

    /// <summary>
    /// The five formats of the contract. Metadata is ignored: some of it is inflated, or joined piece by piece, without
    /// a limit.
    /// </summary>
    private static Configuration CreateFormats()
    {
        var pool = new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = PoolMegabytes };
        // One thread each: the pipeline already has a decoder per core.
        var formats = new Configuration { MaxDegreeOfParallelism = 1, MemoryAllocator = MemoryAllocator.Create(pool) };
        Register(new JpegConfigurationModule(), JpegFormat.Instance, new JpegDecoder { IgnoreMetadata = true });
        Register(new PngConfigurationModule(), PngFormat.Instance, new PngDecoder { IgnoreMetadata = true });
        Register(new WebpConfigurationModule(), WebpFormat.Instance, new WebpDecoder { IgnoreMetadata = true });
        Register(new BmpConfigurationModule(), BmpFormat.Instance, new BmpDecoder());
        var firstFrame = new GifDecoder { IgnoreMetadata = true, DecodingMode = FrameDecodingMode.First };
        Register(new GifConfigurationModule(), GifFormat.Instance, firstFrame);
        return formats;

        void Register(
            IConfigurationModule module,
            IImageFormat format,
            SixLabors.ImageSharp.Formats.IImageDecoder decoder
        )
        {
            module.Configure(formats);
            formats.ImageFormatsManager.SetDecoder(format, decoder);
        }
    }

    /// <summary>
    /// Refuses sizes that the codecs of this version allocate by before they look at what is there: a BMP of 35 bytes
    /// can ask for 2 GB (ImageSharp issue 3074), a chunk of a WebP for 1 GB.
    /// </summary>
    private static ImageFailure CheckDeclaredSizes(ReadOnlySpan<byte> encoded)
    {
        // An array of bitmaps (OS/2), whose headers are nested.
        if (encoded.StartsWith("BA"u8))
            return ImageFailure.Unsupported;
        if (ImageSegments.IsBmp(encoded))
            return CheckBmp(encoded);
        return ImageSegments.IsRiff(encoded) ? CheckWebp(encoded) : ImageFailure.None;
    }

    private static ImageFailure CheckBmp(ReadOnlySpan<byte> bmp)
    {
        const int PlaceOfOffset = 10;
        if (bmp.Length < PlaceOfOffset + sizeof(uint))
            return ImageFailure.Truncated;
        var pixels = BinaryPrimitives.ReadUInt32LittleEndian(bmp[PlaceOfOffset..]);
        return pixels <= bmp.Length ? ImageFailure.None : ImageFailure.Truncated;
    }

    private static ImageFailure CheckWebp(ReadOnlySpan<byte> webp)
    {
        if (!ImageEnd.IsThere(webp))
            return ImageFailure.Truncated;
        // What follows the RIFF container is not WebP any more.
        var container = webp[..(8 + (int)BinaryPrimitives.ReadUInt32LittleEndian(webp[4..]))];
        var at = ImageSegments.FirstWebpChunk;
        while (ImageSegments.TryNextOfWebp(container, ref at, out _, out _)) { }
        return at >= container.Length ? ImageFailure.None : ImageFailure.Corrupt;
    }

    private ImageFailure Decode(ReadOnlySpan<byte> encoded, Stream stream, Span<byte> rgb)
    {
        if (CheckDeclaredSizes(encoded) is not ImageFailure.None and var failure)
            return failure;
        if (Image.Identify(Formats, stream) is not { } info)
            return ImageFailure.Unsupported;
        if (!CropGeometry.Fits(options, info.Width, info.Height))
            return ImageFailure.TooLarge;
        // Missing rows of a JPEG would come out grey, without an exception.
        if (!ImageEnd.IsThere(encoded))
            return ImageFailure.Truncated;
        var crop = CropGeometry.For(options, info.Width, info.Height, ExifOrientation.Of(encoded));
        stream.Position = 0;
        using var image = Image.Load<Rgba32>(Formats, stream);
        Resize(image, info, crop, rgb);
        return ImageFailure.None;
    }

    private void Resize(Image<Rgba32> image, IImageInfo info, CropGeometry crop, Span<byte> rgb)
    {
        var source = new SourceGeometry(image.Width, image.Height, info.Width, info.Height);
        var plan = _kernel.Begin(source, crop);
        var pixels = image.Frames.RootFrame.PixelBuffer;
        for (var y = plan.FirstRow; y < plan.EndRow; y++)
        {
            var row = pixels.DangerousGetRowSpan(y)[plan.FirstColumn..plan.EndColumn];
            _kernel.Add(y, MemoryMarshal.AsBytes(row), rgb);
        }
    }
}
