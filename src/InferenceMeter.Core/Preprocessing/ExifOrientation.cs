using System.Buffers.Binary;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// The orientation that a camera noted in a JPEG, PNG or WebP file (EXIF 2.32, tag 274), read here so that every
/// decoder
/// turns a picture the same way and none has to parse any other metadata.
/// </summary>
internal static class ExifOrientation
{
    private const int Upright = 1;
    private const byte App1 = 0xE1;
    private const ushort OrientationTag = 0x0112;
    private const ushort Short = 3;
    private const int EntryBytes = 12;

    /// <summary>
    /// 1 to 8, as EXIF counts them; 1 (upright) when the file says nothing or something that does not exist.
    /// </summary>
    public static int Of(ReadOnlySpan<byte> file)
    {
        var exif = Find(file);
        return exif.IsEmpty ? Upright : OfTiff(exif);
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> file)
    {
        if (ImageSegments.IsJpeg(file))
            return FindInJpeg(file);
        if (ImageSegments.IsPng(file))
            return FindInPng(file);
        return ImageSegments.IsRiff(file) ? FindInWebp(file) : default;
    }

    private static ReadOnlySpan<byte> FindInJpeg(ReadOnlySpan<byte> jpeg)
    {
        var at = 2;
        while (ImageSegments.TryNextOfJpeg(jpeg, ref at, out var marker, out var content))
        {
            if (marker == ImageSegments.StartOfScan)
                break;
            if (marker == App1 && content.StartsWith("Exif\0\0"u8))
                return content[6..];
        }

        return default;
    }

    private static ReadOnlySpan<byte> FindInPng(ReadOnlySpan<byte> png)
    {
        var at = ImageSegments.FirstPngChunk;
        while (ImageSegments.TryNextOfPng(png, ref at, out var name, out var content))
        {
            if (name.SequenceEqual("eXIf"u8))
                return content;
        }

        return default;
    }

    private static ReadOnlySpan<byte> FindInWebp(ReadOnlySpan<byte> webp)
    {
        var at = ImageSegments.FirstWebpChunk;
        while (ImageSegments.TryNextOfWebp(webp, ref at, out var name, out var content))
        {
            // Some writers put a JPEG's heading before it.
            if (name.SequenceEqual("EXIF"u8))
                return content.StartsWith("Exif\0\0"u8) ? content[6..] : content;
        }

        return default;
    }

    /// <summary>
    /// EXIF is a TIFF: a byte order, 42, the place of the first directory, and there twelve bytes for each tag.
    /// </summary>
    private static int OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8)
            return Upright;
        var bigEndian = tiff.StartsWith("MM"u8);
        if (!bigEndian && !tiff.StartsWith("II"u8))
            return Upright;
        var directory = bigEndian
            ? BinaryPrimitives.ReadUInt32BigEndian(tiff[4..])
            : BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]);
        if (directory > tiff.Length - 2)
            return Upright;
        var entries = tiff[((int)directory + 2)..];
        for (int count = Word(tiff[(int)directory..], bigEndian); count > 0 && entries.Length >= EntryBytes; count--)
        {
            if (Word(entries, bigEndian) == OrientationTag && Word(entries[2..], bigEndian) == Short)
                return Word(entries[8..], bigEndian) is >= 1 and <= 8 and var orientation ? orientation : Upright;
            entries = entries[EntryBytes..];
        }

        return Upright;
    }

    private static ushort Word(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
