using System.Buffers.Binary;
using InferenceMeter.Images.Folders;

namespace InferenceMeter.Images.Archives;

/// <summary>
/// A header of a tar archive: 512 bytes, as POSIX (ustar, pax), GNU tar and the old Unix tar write them. It is read
/// here and not by the runtime's reader, which makes room for whatever a header claims, and does not tell whether an
/// archive has an end mark.
/// </summary>
internal readonly struct TarHeader
{
    /// <summary>Bytes of a header; everything in an archive begins at a multiple of it.</summary>
    public const int Bytes = 512;

    private TarHeader(string name, long size, char type)
    {
        Name = name;
        Size = size;
        Type = type;
    }

    /// <summary>The path that it has room for; longer ones are in an entry before it.</summary>
    public string Name { get; }

    /// <summary>Bytes of the content, from 0.</summary>
    public long Size { get; }

    /// <summary>The kind of entry, as the format writes it.</summary>
    public char Type { get; }

    /// <summary>Whether it is an ordinary file.</summary>
    public bool IsFile => Type is '0' or '\0' or '7' && !Name.EndsWith('/');

    /// <summary>Whether it is a link, hard or symbolic, to another file.</summary>
    public bool IsLink => Type is '1' or '2';

    /// <summary>Whether it describes the entry after it: its path, or its attributes.</summary>
    public bool IsLongName => Type == 'L';

    /// <inheritdoc cref="IsLongName"/>
    public bool IsAttributes => Type is 'x' or 'X';

    /// <summary>Whether it is a file with holes, whose content is preceded by more headers.</summary>
    public bool IsSparse => Type == 'S';

    /// <summary>Whether content follows it: of links, devices, folders and pipes the size says nothing.</summary>
    public bool HasContent => Type is < '1' or > '6';

    /// <summary>Whether it is one of the blocks of zeros that end an archive.</summary>
    public static bool IsEnd(ReadOnlySpan<byte> block) => !block.ContainsAnyExcept((byte)0);

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">It is no header.</exception>
    public static TarHeader Parse(ReadOnlySpan<byte> block)
    {
        if (!HasChecksum(block, NumberOf(block[148..156])))
            throw new InvalidDataException("a header has a wrong checksum");
        var name = TextOf(block[..100]);
        // GNU tar has other things in place of the first part of a path.
        if (block[257..263].SequenceEqual("ustar\0"u8) && block[345] != 0)
            name = $"{TextOf(block[345..500])}/{name}";
        var size = NumberOf(block[124..136]);
        if (size < 0)
            throw new InvalidDataException("a header claims a negative size");
        return new TarHeader(name, size, (char)block[156]);
    }

    /// <summary>Text up to the first zero.</summary>
    public static string TextOf(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return RawName.Decode(end < 0 ? field : field[..end]);
    }

    /// <summary>The sum of all bytes, with spaces in its place; some old programs took bytes for signed.</summary>
    private static bool HasChecksum(ReadOnlySpan<byte> block, long claimed)
    {
        var (unsigned, signed) = (0L, 0L);
        for (var i = 0; i < Bytes; i++)
        {
            var value = i is >= 148 and < 156 ? (byte)' ' : block[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        return claimed == unsigned || claimed == signed;
    }

    /// <summary>Octal digits among spaces and zeros; or, after a byte of 0x80 or 0xFF, the number itself.</summary>
    private static long NumberOf(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            if (field.Length <= sizeof(long))
                throw new InvalidDataException("a header has a number that is not octal");
            var high = field[..^sizeof(long)];
            var isNegative = field[0] == 0xFF;
            var isLong = isNegative
                ? !high.ContainsAnyExcept((byte)0xFF)
                : field[0] == 0x80 && !high[1..].ContainsAnyExcept((byte)0);
            var low = BinaryPrimitives.ReadInt64BigEndian(field[^sizeof(long)..]);
            if (!isLong || low < 0 != isNegative)
                throw new InvalidDataException("a header claims 8 EB or more");
            return low;
        }

        var digits = field.Trim(" \0"u8);
        var number = 0L;
        foreach (var digit in digits)
        {
            if (digit is 0 or (byte)' ')
                break;
            if (digit is < (byte)'0' or > (byte)'7')
                throw new InvalidDataException("a header has a number that is not octal");
            number = number * 8 + (digit - '0');
        }

        return number;
    }
}
