using System.Buffers.Binary;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// Whether a file is whole. Rows below the crop are never decoded, and some decoders fill what is missing with grey,
/// so a file that breaks off would pass unseen; its missing end tells. Bytes after the end are no fault.
/// </summary>
internal static class ImageEnd
{
    /// <returns><see langword="false"/> when the first picture of a JPEG, PNG, WebP, BMP or GIF file has no end.</returns>
    public static bool IsThere(ReadOnlySpan<byte> file) => file switch
    {
        [0xFF, 0xD8, ..] => IsInJpeg(file),
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => IsInPng(file),
        // RIFF states the size of all that follows its first 8 bytes.
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => file.Length >= 8 && BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) <= file.Length - 8,
        [(byte)'B', (byte)'M', ..] => IsInBmp(file),
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => IsInGif(file),
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
        for (long at = 8; at + 12 <= png.Length;)
        {
            if (png.Slice((int)at + 4, 4).SequenceEqual("IEND"u8)) return true;
            at += 12L + BinaryPrimitives.ReadUInt32BigEndian(png[(int)at..]);
        }

        return false;
    }

    /// <summary>The last row of BITMAPINFOHEADER's rows, where they are not compressed.</summary>
    private static bool IsInBmp(ReadOnlySpan<byte> bmp)
    {
        if (bmp.Length < 34) return false;
        if (BinaryPrimitives.ReadInt32LittleEndian(bmp[14..]) < 40 || BinaryPrimitives.ReadInt32LittleEndian(bmp[30..]) is not (0 or 3)) return true;
        var (width, height) = ((long)BinaryPrimitives.ReadInt32LittleEndian(bmp[18..]), Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(bmp[22..])));
        var stride = ((Math.Max(0, width) * BinaryPrimitives.ReadUInt16LittleEndian(bmp[28..])) + 31) / 32 * 4;
        return BinaryPrimitives.ReadUInt32LittleEndian(bmp[10..]) + ((UInt128)stride * (UInt128)height) <= (UInt128)bmp.Length;
    }

    /// <summary>The block of length 0 after the first image's data (GIF89a, 15 and 20).</summary>
    private static bool IsInGif(ReadOnlySpan<byte> gif)
    {
        if (gif.Length < 13) return false;
        for (var at = 13 + ColourTable(gif[10]); at < gif.Length;)
        {
            var image = gif[at] == 0x2C;
            if (!image && gif[at] != 0x21) return false;
            if (image && at + 9 >= gif.Length) return false;
            at += image ? 11 + ColourTable(gif[at + 9]) : 2;
            while (at < gif.Length && gif[at] != 0) at += 1 + gif[at];
            if (image) return at < gif.Length;
            at++;
        }

        return false;
    }

    private static int ColourTable(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
}
