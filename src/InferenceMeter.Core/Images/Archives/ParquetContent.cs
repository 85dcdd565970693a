using System.Buffers;
using System.Buffers.Binary;
using Parquet.Meta;

namespace InferenceMeter.Images.Archives;

/// <summary>
/// What the Parquet reader sees of a file: a directory of which every byte was checked, and one column of one row group
/// at a time, held whole, likewise checked. The reader itself makes room for whatever a file claims, and goes on for
/// ever at the end of one that is cut. It asks for single bytes, too, which would be a request each.
/// </summary>
internal sealed class ParquetContent : Stream
{
    /// <summary>A larger column of a row group is not read; published data sets stay far below.</summary>
    public const long MostBytes = 1024 * 1024 * 1024;

    /// <summary>Rows of a row group that are read; writers make a million by default.</summary>
    public const long MostRows = 4 * 1024 * 1024;

    private const int MostColumns = 1000;
    private const long MostDirectoryBytes = 64 * 1024 * 1024;
    private const int TailBytes = 8;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    private readonly Stream _file;
    private readonly long _directoryAt;
    private readonly byte[] _tail;
    private byte[] _column = [];
    private int _columnBytes;
    private long _columnAt;
    private long _position;

    private ParquetContent(Stream file, long directoryAt, byte[] tail)
    {
        _file = file;
        _directoryAt = directoryAt;
        _tail = tail;
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _directoryAt + _tail.Length;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    /// <summary>Reads and checks the directory of a file.</summary>
    /// <param name="file">Can be read at any place; it is not closed.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="InvalidDataException">It is no Parquet file, or is broken.</exception>
    public static async Task<ParquetContent> OpenAsync(Stream file, CancellationToken stop)
    {
        var length = file.Length;
        if (length < Magic.Length + TailBytes)
            throw new InvalidDataException("it is too short");
        var end = new byte[TailBytes];
        file.Position = length - TailBytes;
        await file.ReadExactlyAsync(end, stop);
        if (!end.AsSpan(4).SequenceEqual(Magic))
            throw new InvalidDataException("it does not end as one");
        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (bytes > length - TailBytes - Magic.Length)
            throw new InvalidDataException("its directory is longer than the file");
        if (bytes > MostDirectoryBytes)
            throw new InvalidDataException("its directory is too long");
        var directoryAt = length - TailBytes - bytes;
        var directory = new byte[bytes];
        file.Position = directoryAt;
        await file.ReadExactlyAsync(directory, stop);
        return new ParquetContent(file, directoryAt, Checked(directory));
    }

    /// <summary>Reads and checks a column of a row group, in place of the one before it.</summary>
    /// <exception cref="InvalidDataException">It is not what the directory says.</exception>
    public async Task LoadAsync(ColumnMetaData column, long rows, CancellationToken stop)
    {
        if (column.NumValues != rows || rows is < 0 or > MostRows)
            throw new InvalidDataException($"a row group of it has {rows:#,0} rows and {column.NumValues:#,0} values");
        var at = new[] { column.DictionaryPageOffset ?? 0, column.DataPageOffset, column.IndexPageOffset ?? 0 }
            .Where(offset => offset != 0)
            .DefaultIfEmpty()
            .Min();
        var bytes = column.TotalCompressedSize;
        if (at < Magic.Length || bytes < 0 || at > _directoryAt || bytes > _directoryAt - at)
            throw new InvalidDataException("a column of it is not within the file");
        if (Math.Max(bytes, column.TotalUncompressedSize) > MostBytes)
            throw new InvalidDataException($"a row group of it has more than {MostBytes:#,0} bytes of images");
        Unload();
        _column = ArrayPool<byte>.Shared.Rent((int)bytes);
        _columnAt = at;
        _file.Position = at;
        await _file.ReadExactlyAsync(_column.AsMemory(0, (int)bytes), stop);
        _columnBytes = ParquetPages.Check(column, _column.AsSpan(0, (int)bytes));
    }

    public override int Read(Span<byte> buffer)
    {
        var rest = At(_position);
        var read = Math.Min(rest.Length, buffer.Length);
        if (read == 0 && buffer.Length > 0)
            throw new EndOfStreamException("its values end early");
        rest[..read].CopyTo(buffer);
        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int ReadByte()
    {
        var rest = At(_position);
        if (rest.IsEmpty)
            throw new EndOfStreamException("its values end early");
        _position++;
        return rest[0];
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer, offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        _position = origin switch
        {
            SeekOrigin.Current => _position + offset,
            SeekOrigin.End => Length + offset,
            _ => offset,
        };

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Unload();
        base.Dispose(disposing);
    }

    private void Unload()
    {
        if (_column.Length > 0)
            ArrayPool<byte>.Shared.Return(_column);
        _column = [];
        _columnBytes = 0;
    }

    /// <summary>What is known of the file from a place on.</summary>
    private ReadOnlySpan<byte> At(long position)
    {
        if (position >= _directoryAt && position - _directoryAt <= _tail.Length)
            return _tail.AsSpan((int)(position - _directoryAt));
        if (position >= _columnAt && position - _columnAt < _columnBytes)
            return _column.AsSpan((int)(position - _columnAt), _columnBytes - (int)(position - _columnAt));
        return position is >= 0 and < 4 ? Magic[(int)position..] : [];
    }

    /// <summary>The directory without what is not needed, and the end of the file.</summary>
    private static byte[] Checked(byte[] directory)
    {
        var tail = new ArrayBufferWriter<byte>(directory.Length + TailBytes);
        var reader = new ThriftReader(directory);
        ParquetShapes.File.Copy(ref reader, tail);
        // What builds the tree of columns calls itself for each level.
        var columns = CountColumns(tail.WrittenSpan);
        if (columns > MostColumns)
            throw new InvalidDataException($"it has {columns:#,0} columns, more than {MostColumns:#,0}");
        BinaryPrimitives.WriteInt32LittleEndian(tail.GetSpan(4), tail.WrittenCount);
        tail.Advance(4);
        tail.Write(Magic);
        return tail.WrittenSpan.ToArray();
    }

    private static int CountColumns(ReadOnlySpan<byte> directory)
    {
        const int Schema = 2;
        var columns = 0;
        var reader = new ThriftReader(directory);
        var id = 0;
        while (reader.NextField(ref id, out var type))
        {
            if (id == Schema)
            {
                var peek = new ThriftReader(directory[reader.Position..]);
                columns = Math.Max(columns, peek.List(out _));
            }

            reader.Skip(type);
        }

        return columns;
    }
}
