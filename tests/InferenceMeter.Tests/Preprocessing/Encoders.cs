using System.Buffers.Binary;
using SkiaSharp;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>Files that Skia can write, and simple ones that it cannot.</summary>
internal static class Encoders
{
    public static byte[] Jpeg(
        Picture picture,
        int quality = 95,
        SKJpegEncoderDownsample downsample = SKJpegEncoderDownsample.Downsample420
    ) =>
        Encode(
            picture.Rgba(),
            picture,
            SKColorType.Rgba8888,
            pixmap => pixmap.Encode(new SKJpegEncoderOptions(quality, downsample, SKJpegEncoderAlphaOption.Ignore))
        );

    public static byte[] GreyJpeg(Picture picture) =>
        Encode(
            [.. Enumerable.Range(0, picture.Width * picture.Height).Select(i => picture.Rgb[i * 3])],
            picture,
            SKColorType.Gray8,
            pixmap => pixmap.Encode(SKEncodedImageFormat.Jpeg, 95)
        );

    public static byte[] LosslessWebp(Picture picture) =>
        Encode(
            picture.Rgba(),
            picture,
            SKColorType.Rgba8888,
            pixmap => pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 20))
        );

    public static byte[] LossyWebp(Picture picture) =>
        Encode(
            picture.Rgba(),
            picture,
            SKColorType.Rgba8888,
            pixmap => pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, 95))
        );

    /// <summary>The JPEG with an APP1 segment that holds nothing but the orientation.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation, bool bigEndian)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. Exif(orientation, bigEndian)];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg.AsSpan(2)];
    }

    /// <summary>A TIFF of one directory with one entry: the orientation.</summary>
    public static byte[] Exif(int orientation, bool bigEndian) =>
        bigEndian
            ?
            [
                0x4D,
                0x4D,
                0,
                42,
                0,
                0,
                0,
                8,
                0,
                1,
                0x01,
                0x12,
                0,
                3,
                0,
                0,
                0,
                1,
                0,
                (byte)orientation,
                0,
                0,
                0,
                0,
                0,
                0,
            ]
            :
            [
                0x49,
                0x49,
                42,
                0,
                8,
                0,
                0,
                0,
                1,
                0,
                0x12,
                0x01,
                3,
                0,
                1,
                0,
                0,
                0,
                (byte)orientation,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
            ];

    /// <summary>A lossless WebP in the extended form (RFC 9649, 2.7) with an EXIF chunk.</summary>
    public static byte[] WebpWithExif(Picture picture, byte[] exif)
    {
        const byte HasExif = 0x08;
        return Riff(Vp8X(picture, HasExif), LosslessWebp(picture)[12..], RiffChunk("EXIF", exif));
    }

    /// <summary>An animated WebP of two lossless frames.</summary>
    public static byte[] MovingWebp(Picture first, Picture second)
    {
        const byte HasAnimation = 0x02;
        return Riff(Vp8X(first, HasAnimation), RiffChunk("ANIM", new byte[6]), Frame(first), Frame(second));

        static byte[] Frame(Picture picture)
        {
            // Offset, size less one, 100 ms, and "do not blend".
            byte[] place = [0, 0, 0, 0, 0, 0, .. Less1(picture.Width), .. Less1(picture.Height), 100, 0, 0, 0x02];
            return RiffChunk("ANMF", [.. place, .. LosslessWebp(picture)[12..]]);
        }
    }

    /// <summary>24 bits a pixel, bottom-up as usual or top-down.</summary>
    public static byte[] Bmp(Picture picture, bool topDown = false)
    {
        var stride = ((picture.Width * 3) + 3) / 4 * 4;
        var bmp = new byte[54 + (stride * picture.Height)];
        "BM"u8.CopyTo(bmp);
        foreach (
            var (at, value) in ((int, int)[])
                [
                    (2, bmp.Length),
                    (10, 54),
                    (14, 40),
                    (18, picture.Width),
                    (22, topDown ? -picture.Height : picture.Height),
                    (26, 1 | (24 << 16)),
                    (34, bmp.Length - 54),
                ]
        )
            BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(at), value);
        for (var y = 0; y < picture.Height; y++)
        for (var x = 0; x < picture.Width; x++)
        for (var channel = 0; channel < 3; channel++)
            bmp[54 + ((topDown ? y : picture.Height - 1 - y) * stride) + (x * 3) + channel] = picture[
                x,
                y,
                2 - channel
            ];
        return bmp;
    }

    /// <summary>
    /// A GIF of one frame for each picture, all of one size, over the 6 x 7 x 6 colours of <see cref="GifColours"/>.
    /// </summary>
    public static byte[] Gif(params Picture[] frames)
    {
        var (width, height) = (frames[0].Width, frames[0].Height);
        using var gif = new MemoryStream();
        gif.Write([.. "GIF89a"u8, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 0xF7, 0, 0]);
        for (var i = 0; i < 256; i++)
            gif.Write([GifLevel(i / 42 % 6, 6), GifLevel(i / 6 % 7, 7), GifLevel(i % 6, 6)]);
        foreach (var frame in frames)
        {
            gif.Write([
                0x21,
                0xF9,
                4,
                0,
                10,
                0,
                0,
                0,
                0x2C,
                0,
                0,
                0,
                0,
                (byte)width,
                (byte)(width >> 8),
                (byte)height,
                (byte)(height >> 8),
                0,
                8,
            ]);
            foreach (var block in GifCodes(frame).Chunk(255))
                gif.Write([(byte)block.Length, .. block]);
            gif.WriteByte(0);
        }

        gif.WriteByte(0x3B);
        return gif.ToArray();
    }

    /// <summary>The picture in the colours that <see cref="Gif"/> has.</summary>
    public static Picture GifColours(Picture picture) =>
        Picture.Of(
            picture.Width,
            picture.Height,
            (x, y, channel) => GifLevel(GifStep(picture[x, y, channel], channel == 1 ? 7 : 6), channel == 1 ? 7 : 6)
        );

    private static byte GifLevel(int step, int steps) => (byte)(step * 255 / (steps - 1));

    private static int GifStep(byte value, int steps) => ((value * (steps - 1)) + 127) / 255;

    /// <summary>LZW without any compression: a clear code often enough that all codes stay nine bits wide.</summary>
    private static List<byte> GifCodes(Picture picture)
    {
        var (bytes, held, bits) = (new List<byte>(), 0, 0);
        void Put(int code)
        {
            held |= code << bits;
            for (bits += 9; bits >= 8; bits -= 8, held >>= 8)
                bytes.Add((byte)held);
        }

        for (var i = 0; i < picture.Width * picture.Height; i++)
        {
            if (i % 200 == 0)
                Put(256);
            var at = i * 3;
            Put(
                (GifStep(picture.Rgb[at], 6) * 42)
                    + (GifStep(picture.Rgb[at + 1], 7) * 6)
                    + GifStep(picture.Rgb[at + 2], 6)
            );
        }

        Put(257);
        if (bits > 0)
            bytes.Add((byte)held);
        return bytes;
    }

    private static unsafe byte[] Encode(
        byte[] pixels,
        Picture picture,
        SKColorType colours,
        Func<SKPixmap, SKData?> encode
    )
    {
        fixed (byte* at = pixels)
        {
            using var pixmap = new SKPixmap(
                new SKImageInfo(picture.Width, picture.Height, colours, SKAlphaType.Opaque),
                (nint)at
            );
            using var data = encode(pixmap);
            return data?.ToArray() ?? throw new InvalidOperationException("not encoded");
        }
    }

    private static byte[] Vp8X(Picture picture, byte flags) =>
        RiffChunk("VP8X", [flags, 0, 0, 0, .. Less1(picture.Width), .. Less1(picture.Height)]);

    private static byte[] Less1(int value) => BitConverter.GetBytes(value - 1)[..3];

    private static byte[] Riff(params byte[][] chunks)
    {
        byte[] content = [.. "WEBP"u8, .. chunks.SelectMany(chunk => chunk)];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(content.Length), .. content];
    }

    private static byte[] RiffChunk(string name, byte[] content) =>
        [
            .. System.Text.Encoding.ASCII.GetBytes(name),
            .. BitConverter.GetBytes(content.Length),
            .. content,
            .. new byte[content.Length & 1],
        ];
}
