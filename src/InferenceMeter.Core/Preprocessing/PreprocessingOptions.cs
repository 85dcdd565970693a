namespace InferenceMeter.Preprocessing;

/// <summary>What happens to an image between its bytes and the model's <c>uint8 [H,W,3]</c> pixels.</summary>
public sealed record PreprocessingOptions
{
    /// <summary>Shorter side after resizing, in pixels. 256 is what published ResNet-50 accuracies use.</summary>
    public int ResizeShorterSide { get; init; } = 256;

    /// <summary>Width of the centre crop, in pixels.</summary>
    public int CropWidth { get; init; } = 224;

    /// <summary>Height of the centre crop, in pixels.</summary>
    public int CropHeight { get; init; } = 224;

    /// <summary>Images of more pixels than this fail as <c>too_large</c> before anything is allocated.</summary>
    public long MaxPixels { get; init; } = 100_000_000;

    /// <summary>Images of more encoded bytes than this fail as <c>too_large</c> before they are read.</summary>
    public int MaxEncodedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// Let the JPEG decoder scale down in the DCT domain when the scaled picture still covers the target.
    /// </summary>
    public bool ScaledDecoding { get; init; } = true;

    /// <summary>Bytes of one image as the model is fed it: CropHeight x CropWidth x 3.</summary>
    public int BytesPerImage => CropWidth * CropHeight * 3;
}
