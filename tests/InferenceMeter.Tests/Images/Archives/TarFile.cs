using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace InferenceMeter.Tests.Images.Archives;

/// <summary>Writes tar archives with the runtime's writer, which is not what reads them.</summary>
internal static class TarFile
{
    /// <summary>Writes one with files of the given names.</summary>
    public static void Write(string path, params (string Name, byte[] Content)[] files) =>
        Write(path, TarEntryFormat.Pax, files);

    /// <inheritdoc cref="Write(string, ValueTuple{string, byte[]}[])"/>
    public static void Write(string path, TarEntryFormat format, params (string Name, byte[] Content)[] files) =>
        File.WriteAllBytes(path, Bytes(format, files));

    /// <summary>The bytes of one.</summary>
    public static byte[] Bytes(TarEntryFormat format, params (string Name, byte[] Content)[] files)
    {
        using var bytes = new MemoryStream();
        using (var tar = new TarWriter(bytes, format, leaveOpen: true))
        {
            foreach (var (name, content) in files)
                tar.WriteEntry(Entry(format, name, content));
        }

        return bytes.ToArray();
    }

    /// <summary>A file that a writer can add.</summary>
    public static TarEntry Entry(TarEntryFormat format, string name, byte[] content)
    {
        var type = format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile;
        TarEntry entry = format switch
        {
            TarEntryFormat.V7 => new V7TarEntry(type, name),
            TarEntryFormat.Ustar => new UstarTarEntry(type, name),
            TarEntryFormat.Gnu => new GnuTarEntry(type, name),
            _ => new PaxTarEntry(type, name),
        };
        entry.DataStream = new MemoryStream(content);
        return entry;
    }

    /// <summary>Compressed as gzip does.</summary>
    public static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return compressed.ToArray();
    }

    /// <summary>A header by hand, for what no writer writes.</summary>
    /// <param name="name">Up to 100 bytes.</param>
    /// <param name="type">Kind of entry.</param>
    /// <param name="size">The field's 12 bytes.</param>
    public static byte[] Header(string name, char type, ReadOnlySpan<byte> size)
    {
        var header = new byte[512];
        Encoding.ASCII.GetBytes(name, header);
        size.CopyTo(header.AsSpan(124));
        header[156] = (byte)type;
        "ustar\0"u8.CopyTo(header.AsSpan(257));
        header.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(header.Sum(value => value), 8).PadLeft(6, '0'), header.AsSpan(148));
        header[154] = 0;
        return header;
    }
}
