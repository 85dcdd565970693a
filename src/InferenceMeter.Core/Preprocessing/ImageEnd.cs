using System.Buffers.Binary;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// Whether a file is whole. Rows below the crop are never decoded, and some decoders fill what is missing with grey,
/// so a file that breaks off would pass unseen; its missing end tells. Bytes after the end are no fault.
/// </summary>
internal static class ImageEnd
{
    /// <returns>
    /// <see langword="false"/> when the first picture of a JPEG, PNG, WebP, BMP or GIF file has no end.
    /// </returns>
    public static bool IsThere(ReadOnlySpan<byte> file)
    {
        if (ImageSegments.IsJpeg(file))
            return IsInJpeg(file);
        if (ImageSegments.IsPng(file))
            return IsInPng(file);
        // RIFF states the size of all that follows its first 8 bytes.
        if (ImageSegments.IsRiff(file))
            return file.Length >= 8 && BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) <= file.Length - 8;
        if (ImageSegments.IsBmp(file))
            return IsInBmp(file);
        return !file.StartsWith("GIF8"u8) || IsInGif(file);
    }

    /// <summary>The end-of-image marker of ITU-T T.81, B.2.</summary>
    private static bool IsInJpeg(ReadOnlySpan<byte> jpeg)
    {
        // Thumbnails inside the header have end markers of their own: only what follows the first scan counts.
        var at = 2;
        while (ImageSegments.TryNextOfJpeg(jpeg, ref at, out var marker, out _))
        {
            if (marker == ImageSegments.StartOfScan)
                return jpeg[at..].LastIndexOf([(byte)0xFF, (byte)0xD9]) >= 0;
        }

        return false;
    }

    /// <summary>The IEND chunk of ISO/IEC 15948.</summary>
    private static bool IsInPng(ReadOnlySpan<byte> png)
    {
        var at = ImageSegments.FirstPngChunk;
        while (ImageSegments.TryNextOfPng(png, ref at, out var name, out _))
        {
            if (name.SequenceEqual("IEND"u8))
                return true;
        }

        return false;
    }

    /// <summary>The last row of BITMAPINFOHEADER's rows, where they are not compressed.</summary>
    private static bool IsInBmp(ReadOnlySpan<byte> bmp)
    {
        if (bmp.Length < 34)
            return false;
        if (
            BinaryPrimitives.ReadInt32LittleEndian(bmp[14..]) < 40
            || BinaryPrimitives.ReadInt32LittleEndian(bmp[30..]) is not (0 or 3)
        )
            return true;
        var (width, height) = (
            (long)BinaryPrimitives.ReadInt32LittleEndian(bmp[18..]),
            Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(bmp[22..]))
        );
        var stride = ((Math.Max(0, width) * BinaryPrimitives.ReadUInt16LittleEndian(bmp[28..])) + 31) / 32 * 4;
        return BinaryPrimitives.ReadUInt32LittleEndian(bmp[10..]) + ((UInt128)stride * (UInt128)height)
            <= (UInt128)bmp.Length;
    }

    /// <summary>The block of length 0 after the first image's data (GIF89a, 15 and 20).</summary>
    private static bool IsInGif(ReadOnlySpan<byte> gif)
    {
        if (gif.Length < 13)
            return false;
        for (var at = 13 + ColourTable(gif[10]); at < gif.Length; )
        {
            var image = gif[at] == 0x2C;
            if (!image && gif[at] != 0x21)
                return false;
            if (image && at + 9 >= gif.Length)
                return false;
            at += image ? 11 + ColourTable(gif[at + 9]) : 2;
            while (at < gif.Length && gif[at] != 0)
                at += 1 + gif[at];
            if (image)
                return at < gif.Length;
            at++;
        }

        return false;
    }

    private static int ColourTable(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
}
