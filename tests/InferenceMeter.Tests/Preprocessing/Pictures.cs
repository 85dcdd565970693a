using System.Buffers.Binary;
using System.IO.Compression;
using InferenceMeter.Images;
using InferenceMeter.Preprocessing;
using SkiaSharp;

namespace InferenceMeter.Tests.Preprocessing;

/// <summary>Encoded pictures for tests, and one way to decode them.</summary>
internal static class Pictures
{
    /// <summary>A smooth picture whose four corners differ, so that a turned or mirrored one shows.</summary>
    public static byte Value(int x, int y, int channel, int width, int height) => channel switch
    {
        0 => (byte)(20 + (200 * x / Math.Max(1, width - 1))),
        1 => (byte)(20 + (200 * y / Math.Max(1, height - 1))),
        _ => (byte)(x * 2 < width ? 60 : 180),
    };

    public static SKBitmap Bitmap(int width, int height, Func<int, int, SKColor>? colour = null)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        colour ??= (x, y) => new SKColor(Value(x, y, 0, width, height), Value(x, y, 1, width, height), Value(x, y, 2, width, height));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++) bitmap.SetPixel(x, y, colour(x, y));
        }

        return bitmap;
    }

    public static byte[] Encode(SKBitmap bitmap, SKEncodedImageFormat format, int quality = 100)
    {
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    public static byte[] Encode(int width, int height, SKEncodedImageFormat format, int quality = 100)
    {
        using var bitmap = Bitmap(width, height);
        return Encode(bitmap, format, quality);
    }

    public static byte[] Noise(int width, int height, int seed)
    {
        var random = new Random(seed);
        using var bitmap = Bitmap(width, height, (_, _) => new SKColor((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)));
        return Encode(bitmap, SKEncodedImageFormat.Png);
    }

    /// <summary>A PNG of any colour type and depth from raw scanlines.</summary>
    public static byte[] Png(int width, int height, byte bits, byte colourType, byte[] rows, int rowBytes, byte[]? palette = null)
    {
        using var png = new MemoryStream();
        png.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (bits, colourType);
        Chunk(png, "IHDR"u8, header);
        if (palette is not null) Chunk(png, "PLTE"u8, palette);
        using var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < rows.Length / Math.Max(1, rowBytes); y++)
            {
                deflate.WriteByte(0);
                deflate.Write(rows, y * rowBytes, rowBytes);
            }
        }

        Chunk(png, "IDAT"u8, packed.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    /// <summary>The JPEG with an EXIF block that says how the camera was held.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif =
        [
            0xFF, 0xE1, 0x00, 0x22, (byte)'E', (byte)'x', (byte)'i', (byte)'f', 0, 0, (byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8,
            0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
        ];
        return [.. jpeg[..2], .. exif, .. jpeg[2..]];
    }

    public static (ImageFailure Failure, byte[] Rgb) Decode(string decoder, byte[] encoded, PreprocessingOptions? options = null)
    {
        options ??= new PreprocessingOptions();
        using var decode = ImageDecoderFactory.Create(decoder, options);
        var rgb = new byte[options.BytesPerImage];
        return (decode.Decode(encoded, rgb), rgb);
    }

    /// <summary>Largest and mean difference from the reference resize of <see cref="Value"/>'s picture.</summary>
    public static (double Most, double Mean) Difference(byte[] rgb, double[] reference)
    {
        var differences = rgb.Select((value, i) => Math.Abs(value - reference[i])).ToList();
        return (differences.Max(), differences.Average());
    }

    private static void Chunk(Stream png, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc([.. type, .. data]));
        png.Write(number);
    }

    private static uint Crc(byte[] data)
    {
        var crc = 0xFFFFFFFF;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
