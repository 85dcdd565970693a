using System.Buffers.Binary;
using SkiaSharp;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// Whether a file is whole. Rows below the crop are never decoded, so a file that breaks off there would pass unseen;
/// its missing end tells. Bytes after the end are no fault. Formats that are always decoded as a whole need no look.
/// </summary>
internal static class ImageEnd
{
    public static bool IsThere(SKEncodedImageFormat format, ReadOnlySpan<byte> file) => format switch
    {
        SKEncodedImageFormat.Jpeg => IsInJpeg(file),
        SKEncodedImageFormat.Png => IsInPng(file),
        // RIFF states the size of all that follows its first 8 bytes.
        SKEncodedImageFormat.Webp => file.Length >= 12 && BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) <= file.Length - 8,
        _ => true,
    };

    /// <summary>The end-of-image marker of ITU-T T.81, B.2.</summary>
    private static bool IsInJpeg(ReadOnlySpan<byte> jpeg)
    {
        // Thumbnails inside the header have end markers of their own: only what follows the first scan counts.
        var scan = StartOfScan(jpeg);
        return scan >= 0 && jpeg[scan..].LastIndexOf([(byte)0xFF, (byte)0xD9]) >= 0;
    }

    private static int StartOfScan(ReadOnlySpan<byte> jpeg)
    {
        for (var at = 2; at + 4 <= jpeg.Length;)
        {
            if (jpeg[at] != 0xFF)
            {
                at++;
                continue;
            }

            var marker = jpeg[at + 1];
            if (marker == 0xDA) return at;
            // Fill bytes and markers without a length.
            if (marker is 0xFF) at++;
            else if (marker is 0x00 or 0x01 or (>= 0xD0 and <= 0xD8)) at += 2;
            else at += 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
        }

        return -1;
    }

    /// <summary>The IEND chunk of ISO/IEC 15948; a chunk is its length, four letters, content and check sum.</summary>
    private static bool IsInPng(ReadOnlySpan<byte> png)
    {
        if (!png.StartsWith((ReadOnlySpan<byte>)[0x89, 0x50, 0x4E, 0x47])) return false;
        for (long at = 8; at + 12 <= png.Length;)
        {
            if (png.Slice((int)at + 4, 4).SequenceEqual("IEND"u8)) return true;
            at += 12L + BinaryPrimitives.ReadUInt32BigEndian(png[(int)at..]);
        }

        return false;
    }
}
