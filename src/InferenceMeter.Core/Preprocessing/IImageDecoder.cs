using InferenceMeter.Images;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// Encoded bytes to the pixels a model is fed: decode, apply EXIF orientation, resize (shorter side to
/// <see cref="PreprocessingOptions.ResizeShorterSide"/>, antialiased bilinear), centre crop.
/// An instance keeps scratch buffers and belongs to one worker; it is not thread-safe.
/// </summary>
public interface IImageDecoder : IDisposable
{
    /// <summary>Name as <c>--decoder</c> takes it: <c>skia</c>, <c>imagesharp</c>.</summary>
    string Name { get; }

    /// <summary>Decodes one image (first frame) straight into its slot of a batch buffer.</summary>
    /// <param name="encoded">JPEG, PNG, WebP, BMP or GIF bytes.</param>
    /// <param name="rgb">uint8 [CropHeight, CropWidth, 3], RGB; its content is undefined after a failure.</param>
    /// <returns><see cref="ImageFailure.None"/> or the reason; never throws for bad bytes.</returns>
    ImageFailure Decode(ReadOnlySpan<byte> encoded, Span<byte> rgb);
}
