using System.Buffers;
using Parquet.Meta;
using ZstdSharp;

namespace InferenceMeter.Images.Archives;

/// <summary>
/// Looks through the pages of a column before they are decoded: what decodes them makes room for whatever their headers
/// claim, and reads on beyond the last one when there are too few values.
/// </summary>
internal static class ParquetPages
{
    /// <summary>Of Zstandard the size is not always written, and then only a bound is known.</summary>
    private const long ZstandardSlack = 1024 * 1024;

    /// <summary>
    /// Checks the pages, and moves them together with headers that hold nothing but what was checked.
    /// </summary>
    /// <param name="column">What the file says of the column.</param>
    /// <param name="chunk">Its bytes in the file.</param>
    /// <returns>Bytes of it that are left.</returns>
    /// <exception cref="InvalidDataException">They are not what the file says of them.</exception>
    public static int Check(ColumnMetaData column, Span<byte> chunk)
    {
        var header = new ArrayBufferWriter<byte>(128);
        var (from, to) = (0, 0);
        var (values, bytes) = (0L, 0L);
        while (values < column.NumValues)
        {
            header.ResetWrittenCount();
            var reader = new ThriftReader(chunk[from..]);
            ParquetShapes.Page.Copy(ref reader, header);
            from += reader.Position;
            var page = ParquetPage.Parse(header.WrittenSpan);
            if (page.CompressedBytes < 0 || page.CompressedBytes > chunk.Length - from || page.UncompressedBytes < 0)
                throw new InvalidDataException("a page is longer than its column");
            var content = chunk.Slice(from, page.CompressedBytes);
            from += page.CompressedBytes;
            if (page.Type == PageType.INDEX_PAGE)
                continue;
            bytes += BytesOf(page, column, content);
            if (bytes > column.TotalUncompressedSize)
                throw new InvalidDataException("its pages hold more than its directory says");
            if (page.Type != PageType.DICTIONARY_PAGE)
                values += ValuesOf(page, column);
            // Only what was left out makes room for it.
            if (to + header.WrittenCount > from - content.Length)
                throw new InvalidDataException("a description in it is out of order");
            header.WrittenSpan.CopyTo(chunk[to..]);
            to += header.WrittenCount;
            content.CopyTo(chunk[to..]);
            to += content.Length;
        }

        return values == column.NumValues
            ? to
            : throw new InvalidDataException("its pages have more values than its directory says");
    }

    /// <summary>What a page takes in memory.</summary>
    private static long BytesOf(in ParquetPage page, ColumnMetaData column, ReadOnlySpan<byte> content)
    {
        if (page.LevelBytes < 0 || page.LevelBytes > Math.Min(content.Length, page.UncompressedBytes))
            throw new InvalidDataException("a page has more levels than bytes");
        var compressed = content[(int)page.LevelBytes..];
        var claimed = page.UncompressedBytes - page.LevelBytes;
        var actual = page.IsPlain ? compressed.Length : SizeOf(column.Codec, compressed, claimed);
        if (actual > claimed + (column.Codec == CompressionCodec.ZSTD ? claimed + ZstandardSlack : 0))
            throw new InvalidDataException("a page is larger than its header says");
        // A value of a dictionary takes four bytes at least, so many that its length takes.
        if (page.Type == PageType.DICTIONARY_PAGE && (page.Values < 0 || page.Values > page.UncompressedBytes / 4))
            throw new InvalidDataException("a dictionary has more values than bytes");
        return page.UncompressedBytes;
    }

    private static long SizeOf(CompressionCodec codec, ReadOnlySpan<byte> content, long claimed) =>
        codec switch
        {
            CompressionCodec.UNCOMPRESSED when content.Length != claimed => throw new InvalidDataException(
                "a page is of another size than its header says"
            ),
            CompressionCodec.SNAPPY => SnappySize(content),
            CompressionCodec.ZSTD => checked((long)Decompressor.GetDecompressedSize(content)),
            _ => claimed,
        };

    /// <summary>The number that compressed bytes begin with.</summary>
    private static long SnappySize(ReadOnlySpan<byte> content)
    {
        const int MostBytes = 5;
        var size = 0L;
        for (var i = 0; i < Math.Min(MostBytes, content.Length); i++)
        {
            size |= (long)(content[i] & 0x7F) << (7 * i);
            if (content[i] < 0x80)
                return size;
        }

        throw new InvalidDataException("a page is not compressed as its directory says");
    }

    private static int ValuesOf(in ParquetPage page, ColumnMetaData column)
    {
        if (page.Type is not (PageType.DATA_PAGE or PageType.DATA_PAGE_V2) || page.Values < 0)
            throw new InvalidDataException("a page is of no known kind");
        var isKnown =
            page.Encoding
            is Encoding.PLAIN
                or Encoding.PLAIN_DICTIONARY
                or Encoding.RLE_DICTIONARY
                or Encoding.DELTA_LENGTH_BYTE_ARRAY
                or Encoding.DELTA_BINARY_PACKED;
        var isBytes = column.Type is Parquet.Meta.Type.BYTE_ARRAY or Parquet.Meta.Type.FIXED_LEN_BYTE_ARRAY;
        if (
            !isKnown
            || (page.Encoding == Encoding.DELTA_LENGTH_BYTE_ARRAY && !isBytes)
            || (page.Encoding == Encoding.DELTA_BINARY_PACKED && isBytes)
        )
            throw new InvalidDataException($"the encoding {page.Encoding} is not supported for such a column");
        return page.Values;
    }
}
