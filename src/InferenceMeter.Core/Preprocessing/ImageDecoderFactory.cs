namespace InferenceMeter.Preprocessing;

/// <summary>The choice among decoders.</summary>
public static class ImageDecoderFactory
{
    /// <summary>What <c>--decoder</c> takes, the default first.</summary>
    public static IReadOnlyList<string> Names { get; } = ["skia", "imagesharp"];

    /// <summary>Makes one decoder, for one worker.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="options">Resize, crop and limits.</param>
    /// <exception cref="ArgumentException">Not one of them.</exception>
    public static IImageDecoder Create(string name, PreprocessingOptions options) =>
        name switch
        {
            "skia" => new SkiaImageDecoder(options),
            "imagesharp" => new ImageSharpDecoder(options),
            _ => throw new ArgumentException(
                $"there is no image decoder '{name}'; accepted: {string.Join(" or ", Names)}",
                nameof(name)
            ),
        };
}
