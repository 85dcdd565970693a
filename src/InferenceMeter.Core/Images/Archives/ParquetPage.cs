using Parquet.Meta;

namespace InferenceMeter.Images.Archives;

/// <summary>What the header of a page says.</summary>
internal readonly record struct ParquetPage
{
    /// <summary>Numbers of fields are below.</summary>
    private const int Most = 9;

    /// <summary>Whether it holds values, a dictionary of them, or something else.</summary>
    public required PageType Type { get; init; }

    /// <summary>Bytes in the file.</summary>
    public required int CompressedBytes { get; init; }

    /// <summary>Bytes in memory.</summary>
    public required int UncompressedBytes { get; init; }

    /// <summary>Values in it, with those that are missing.</summary>
    public int Values { get; private init; }

    /// <summary>How they are written.</summary>
    public Encoding Encoding { get; private init; }

    /// <summary>Bytes at its beginning that are never compressed.</summary>
    public long LevelBytes { get; private init; }

    /// <summary>Whether it is not compressed, whatever the others are.</summary>
    public bool IsPlain { get; private init; }

    /// <summary>Reads a header of the shape <see cref="ParquetShapes.Page"/>.</summary>
    public static ParquetPage Parse(ReadOnlySpan<byte> header)
    {
        Span<int> sizes = stackalloc int[Most];
        Span<int> first = stackalloc int[Most];
        Span<int> second = stackalloc int[Most];
        Span<int> dictionary = stackalloc int[Most];
        sizes.Clear();
        first.Clear();
        second.Clear();
        dictionary.Clear();
        var reader = new ThriftReader(header);
        var id = 0;
        while (reader.NextField(ref id, out var type))
        {
            if (type == ThriftType.Int)
                sizes[id] = reader.Int();
            else if (id == 5)
                ReadInts(ref reader, first);
            else if (id == 7)
                ReadInts(ref reader, dictionary);
            else
                ReadInts(ref reader, second);
        }

        var page = new ParquetPage
        {
            Type = (PageType)sizes[1],
            UncompressedBytes = sizes[2],
            CompressedBytes = sizes[3],
        };
        return page.Type switch
        {
            PageType.DATA_PAGE => page with { Values = first[1], Encoding = (Encoding)first[2] },
            PageType.DICTIONARY_PAGE => page with { Values = dictionary[1] },
            PageType.DATA_PAGE_V2 => page with
            {
                Values = second[1],
                Encoding = (Encoding)second[4],
                LevelBytes = (long)second[5] + second[6],
                IsPlain = second[7] == (int)ThriftType.False,
            },
            _ => page,
        };
    }

    private static void ReadInts(ref ThriftReader reader, scoped Span<int> values)
    {
        values.Clear();
        var id = 0;
        while (reader.NextField(ref id, out var type))
            values[id] = type == ThriftType.Int ? reader.Int() : (int)type;
    }
}
