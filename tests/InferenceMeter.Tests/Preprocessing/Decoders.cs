using InferenceMeter.Images;
using InferenceMeter.Preprocessing;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>Every decoder of the build, for theories.</summary>
internal static class Decoders
{
    public static TheoryData<string> All => [.. ImageDecoderFactory.Names];

    /// <summary>Decodes what has to be a good picture.</summary>
    public static byte[] Decode(string decoder, byte[] encoded, PreprocessingOptions? options = null)
    {
        options ??= new();
        var rgb = new byte[options.BytesPerImage];
        Assert.Equal(ImageFailure.None, Try(decoder, encoded, options, rgb));
        return rgb;
    }

    public static ImageFailure Try(
        string decoder,
        byte[] encoded,
        PreprocessingOptions? options = null,
        byte[]? rgb = null
    )
    {
        options ??= new();
        using var made = ImageDecoderFactory.Create(decoder, options);
        return made.Decode(encoded, rgb ?? new byte[options.BytesPerImage]);
    }
}
