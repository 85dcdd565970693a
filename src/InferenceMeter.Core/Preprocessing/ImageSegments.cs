using System.Buffers.Binary;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// Walks the segments of a JPEG file and the chunks of PNG and WebP files without decoding them. A walk ends at the end
/// of
/// the file and at the first segment that claims to be longer than what is left of it.
/// </summary>
internal static class ImageSegments
{
    /// <summary>Start of scan: what follows in a JPEG is compressed data.</summary>
    public const byte StartOfScan = 0xDA;

    /// <summary>Where the chunks of a PNG begin, after its signature.</summary>
    public const int FirstPngChunk = 8;

    /// <summary>Where the chunks of a WebP begin, after <c>RIFF</c>, its size, and <c>WEBP</c>.</summary>
    public const int FirstWebpChunk = 12;

    public static bool IsJpeg(ReadOnlySpan<byte> file) => file is [0xFF, 0xD8, ..];

    public static bool IsPng(ReadOnlySpan<byte> file) => file is [0x89, (byte)'P', (byte)'N', (byte)'G', ..];

    public static bool IsRiff(ReadOnlySpan<byte> file) => file is [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..];

    public static bool IsBmp(ReadOnlySpan<byte> file) => file is [(byte)'B', (byte)'M', ..];

    /// <summary>The next marker segment of a JPEG (ITU-T T.81, B.1.1), up to and including start of scan.</summary>
    /// <param name="jpeg">The file.</param>
    /// <param name="at">Where to look; 2 at first. Set to where the segment after this one begins.</param>
    /// <param name="marker">Second byte of the marker.</param>
    /// <param name="content">What follows the length; empty for start of scan.</param>
    public static bool TryNextOfJpeg(
        ReadOnlySpan<byte> jpeg,
        scoped ref int at,
        out byte marker,
        out ReadOnlySpan<byte> content
    )
    {
        content = default;
        while (at + 4 <= jpeg.Length)
        {
            marker = jpeg[at + 1];
            if (jpeg[at] != 0xFF || marker == 0xFF)
            {
                // Fill bytes, and whatever some tool left between two segments.
                at++;
                continue;
            }

            if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                // Markers without a length.
                at += 2;
                continue;
            }

            if (marker == StartOfScan)
                return true;
            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            var end = at + 2 + Math.Max((int)length, 2);
            if (end > jpeg.Length)
                break;
            content = jpeg[(at + 4)..Math.Max(end, at + 4)];
            at = end;
            return true;
        }

        marker = 0;
        return false;
    }

    /// <summary>
    /// The next chunk of a PNG (ISO/IEC 15948, 5.3): its length, four letters, content and check sum.
    /// </summary>
    /// <param name="png">The file.</param>
    /// <param name="at">Where to look; <see cref="FirstPngChunk"/> at first.</param>
    /// <param name="name">Its four letters.</param>
    /// <param name="content">Without the check sum.</param>
    public static bool TryNextOfPng(
        ReadOnlySpan<byte> png,
        scoped ref int at,
        out ReadOnlySpan<byte> name,
        out ReadOnlySpan<byte> content
    )
    {
        name = content = default;
        if (at + 12 > png.Length)
            return false;
        var length = BinaryPrimitives.ReadUInt32BigEndian(png[at..]);
        if (length > png.Length - at - 12)
            return false;
        name = png.Slice(at + 4, 4);
        content = png.Slice(at + 8, (int)length);
        at += 12 + (int)length;
        return true;
    }

    /// <summary>
    /// The next chunk of a WebP file (RFC 9649, 2.3): four letters, its length and content, padded to an even size.
    /// </summary>
    /// <param name="webp">The file.</param>
    /// <param name="at">Where to look; <see cref="FirstWebpChunk"/> at first.</param>
    /// <param name="name">Its four letters.</param>
    /// <param name="content">Without the padding.</param>
    public static bool TryNextOfWebp(
        ReadOnlySpan<byte> webp,
        scoped ref int at,
        out ReadOnlySpan<byte> name,
        out ReadOnlySpan<byte> content
    )
    {
        name = content = default;
        if (at + 8 > webp.Length)
            return false;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(webp[(at + 4)..]);
        if (length > webp.Length - at - 8)
            return false;
        name = webp.Slice(at, 4);
        content = webp.Slice(at + 8, (int)length);
        at += 8 + (int)length + ((int)length & 1);
        return true;
    }
}
