namespace InferenceMeter.Preprocessing;

/// <summary>The choice among decoders.</summary>
public static class ImageDecoderFactory
{
    /// <summary>What <c>--decoder</c> takes in this build, the default first: Skia is licensed freely and decodes on libjpeg-turbo.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "skia",
#if IMAGESHARP
        "imagesharp",
#endif
    ];

    /// <summary>Makes one decoder, for one worker.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="options">Resize, crop and limits.</param>
    /// <exception cref="ArgumentException">Not a decoder of this build.</exception>
    public static IImageDecoder Create(string name, PreprocessingOptions options) => name switch
    {
        "skia" => new SkiaImageDecoder(options),
#if IMAGESHARP
        "imagesharp" => new ImageSharpDecoder(options),
#endif
        _ => throw new ArgumentException($"'{name}' is no decoder of this build; there is {string.Join(" and ", Names)}", nameof(name)),
    };
}
