using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>PNG files of any kind, unfiltered: ISO/IEC 15948.</summary>
internal static class PngWriter
{
    public const int Grey = 0,
        Colour = 2,
        Palette = 3,
        GreyAlpha = 4,
        ColourAlpha = 6;

    public static byte[] Rgb(Picture picture, bool interlaced = false) =>
        Write(
            picture.Width,
            picture.Height,
            Colour,
            8,
            interlaced,
            (x, y) => [picture[x, y, 0], picture[x, y, 1], picture[x, y, 2]]
        );

    /// <summary>With an eXIf chunk.</summary>
    public static byte[] WithExif(Picture picture, byte[] exif) => With(picture, Chunk("eXIf", exif));

    /// <summary>With a zTXt chunk of spaces.</summary>
    public static byte[] WithText(Picture picture, int inflatedBytes)
    {
        var text = new byte[inflatedBytes];
        Array.Fill(text, (byte)' ');
        return With(picture, Chunk("zTXt", [.. "Comment\0\0"u8, .. Compress(text)]));
    }

    /// <summary>16 bits a channel; the low bytes are noise.</summary>
    public static byte[] Deep(Picture picture, bool interlaced = false) =>
        Write(
            picture.Width,
            picture.Height,
            Colour,
            16,
            interlaced,
            (x, y) =>
                [picture[x, y, 0], (byte)(x * 7), picture[x, y, 1], (byte)(y * 5), picture[x, y, 2], (byte)(x * y)]
        );

    public static byte[] Rgba(Picture picture, Func<int, int, byte> alpha) =>
        Write(
            picture.Width,
            picture.Height,
            ColourAlpha,
            8,
            false,
            (x, y) => [picture[x, y, 0], picture[x, y, 1], picture[x, y, 2], alpha(x, y)]
        );

    public static byte[] GreyOf(Picture picture) =>
        Write(picture.Width, picture.Height, Grey, 8, false, (x, y) => [picture[x, y, 0]]);

    /// <summary>A palette of 256 greens, by the picture's green.</summary>
    public static byte[] Greens(Picture picture, bool transparent = false)
    {
        var palette = new byte[768];
        for (var i = 0; i < 256; i++)
            palette[(i * 3) + 1] = (byte)i;
        var chunks = new List<byte[]> { Chunk("PLTE", palette) };
        if (transparent)
            chunks.Add(Chunk("tRNS", [.. Enumerable.Repeat((byte)128, 256)]));
        return Write(picture.Width, picture.Height, Palette, 8, false, (x, y) => [picture[x, y, 1]], [.. chunks]);
    }

    /// <summary>The header of a picture of any size, with a little data.</summary>
    public static byte[] Header(int width, int height, bool interlaced = false) =>
        [
            .. Signature,
            .. Ihdr(width, height, Colour, 8, interlaced),
            .. Chunk("IDAT", Compress(new byte[1000])),
            .. Chunk("IEND", []),
        ];

    public static byte[] Write(
        int width,
        int height,
        int colourType,
        int depth,
        bool interlaced,
        Func<int, int, byte[]> pixel,
        params byte[][] extra
    )
    {
        using var raw = new MemoryStream();
        // Adam7: seven pictures, each of every so-many-th column and row.
        (int X, int Y, int Dx, int Dy)[] passes = interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        foreach (var pass in passes)
        {
            if (pass.X >= width)
                continue;
            for (var y = pass.Y; y < height; y += pass.Dy)
            {
                raw.WriteByte(0);
                for (var x = pass.X; x < width; x += pass.Dx)
                    raw.Write(pixel(x, y));
            }
        }

        return
        [
            .. Signature,
            .. Ihdr(width, height, colourType, depth, interlaced),
            .. extra.SelectMany(chunk => chunk),
            .. Chunk("IDAT", Compress(raw.ToArray())),
            .. Chunk("IEND", []),
        ];
    }

    private static byte[] With(Picture picture, byte[] chunk) =>
        Write(
            picture.Width,
            picture.Height,
            Colour,
            8,
            false,
            (x, y) => [picture[x, y, 0], picture[x, y, 1], picture[x, y, 2]],
            chunk
        );

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private static byte[] Ihdr(int width, int height, int colourType, int depth, bool interlaced)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = (byte)depth;
        header[9] = (byte)colourType;
        header[12] = interlaced ? (byte)1 : (byte)0;
        return Chunk("IHDR", header);
    }

    private static byte[] Chunk(string type, byte[] content)
    {
        var chunk = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        Encoding.ASCII.GetBytes(type, chunk.AsSpan(4));
        content.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(
            chunk.AsSpan(content.Length + 8),
            Crc(chunk.AsSpan(4, content.Length + 4))
        );
        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }

    private static byte[] Compress(byte[] raw)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest))
            zlib.Write(raw);
        return compressed.ToArray();
    }
}
