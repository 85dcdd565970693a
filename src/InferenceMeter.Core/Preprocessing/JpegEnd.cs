using System.Buffers.Binary;

namespace InferenceMeter.Preprocessing;

/// <summary>
/// Whether a JPEG file is whole. Rows below the crop are never decoded, so a file that breaks off there would pass
/// unseen; its missing end-of-image marker tells (ITU-T T.81, B.2). Bytes after that marker are no fault.
/// </summary>
internal static class JpegEnd
{
    public static bool IsThere(ReadOnlySpan<byte> jpeg)
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
}
