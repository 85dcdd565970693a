using System.Buffers;
using System.Globalization;
using System.Text;
using InferenceMeter.Images.Folders;
using InferenceMeter.Images.Stores;

namespace InferenceMeter.Images.Archives;

/// <summary>
/// The files in a tar archive, read in one go from front to back. Content that is not wanted is jumped over where the
/// stream can. Ours, because .NET's TarReader holds as much as a header of a long name claims: it allocates 1.9 GB for
/// a file of 3 KB, and neither says where an archive was cut.
/// </summary>
/// <param name="content">The archive, not compressed; it is not closed.</param>
internal sealed class TarMembers(Stream content) : IArchiveMembers
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>No path and no attribute is longer; whatever claims so is not held.</summary>
    private const long MaxDescriptionBytes = 1024 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly byte[] _header = new byte[TarHeader.Bytes];
    private int _from;
    private int _to;
    private bool _hasHeader;

    /// <summary>Bytes of the present content, with what fills its last block, that are not yet read.</summary>
    private long _left;

    /// <inheritdoc/>
    public string Path { get; private set; } = "";

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <summary>
    /// Whether the archive ended with a block of zeros. One that was cut between two files ends without, and so do
    /// those of a few careless programs: that it is not whole cannot be told, only that it may not be.
    /// </summary>
    public bool HasEndMark { get; private set; }

    /// <summary>
    /// Links to other files of the archive that were passed over: where those are is known only after they are gone by.
    /// </summary>
    public long Links { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">It breaks the rules of the format.</exception>
    /// <exception cref="EndOfStreamException">It ends in the middle of a file, or has not even one.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async ValueTask<bool> NextAsync(CancellationToken stop)
    {
        var attributes = new Attributes();
        while (await NextHeaderAsync(stop))
        {
            var header = TarHeader.Parse(_header);
            var size = header.HasContent ? header.Size : 0;
            if (header.HasContent && !header.IsLongName && !header.IsAttributes)
                size = attributes.Size ?? size;
            if (size > long.MaxValue - TarHeader.Bytes)
                throw new InvalidDataException("a header claims 8 EB");
            _left = size + Padding(size);
            if (header.IsLongName)
            {
                attributes.Path = TarHeader.TextOf(await DescriptionAsync(size, stop));
            }
            else if (header.IsAttributes)
            {
                attributes.Read(await DescriptionAsync(size, stop));
            }
            else if (header.IsFile && !attributes.IsSparse)
            {
                Path = WithoutRoot(attributes.Path ?? header.Name);
                Length = size;
                if (!Path.EndsWith('/'))
                    return true;
                attributes = new Attributes();
            }
            else if (header.Type is not ('g' or 'K'))
            {
                if (header.IsLink)
                    Links++;
                if (header.IsSparse)
                    await SkipSparseHeadersAsync(stop);
                attributes = new Attributes();
            }
        }

        return false;
    }

    /// <inheritdoc/>
    /// <exception cref="EndOfStreamException">The archive ends within it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async ValueTask<FetchedImage> ReadAsync(string name, CancellationToken stop)
    {
        // A few bytes may claim as much as the limit allows.
        if (content.CanSeek && Length > _to - _from + content.Length - content.Position)
            throw new EndOfStreamException();
        var length = checked((int)Length);
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            await FillAsync(buffer.AsMemory(0, length), stop);
            return new FetchedImage(name, buffer, length, ImageFailure.None);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>Whether there is another header; what is left of the content before it is passed over.</summary>
    private async ValueTask<bool> NextHeaderAsync(CancellationToken stop)
    {
        await SkipAsync(_left, stop);
        _left = 0;
        if (_from == _to && !await RefillAsync(stop))
            return _hasHeader ? false : throw new EndOfStreamException();
        await FillAsync(_header, stop);
        _hasHeader = true;
        _left = 0;
        HasEndMark = TarHeader.IsEnd(_header);
        return !HasEndMark;
    }

    private async ValueTask<byte[]> DescriptionAsync(long size, CancellationToken stop)
    {
        if (size > MaxDescriptionBytes)
            throw new InvalidDataException($"a path or an attribute claims {size:#,0} bytes");
        var description = new byte[size];
        await FillAsync(description, stop);
        return description;
    }

    /// <summary>Each says in its last part whether there is one more.</summary>
    private async ValueTask SkipSparseHeadersAsync(CancellationToken stop)
    {
        const int MoreInHeader = 482;
        const int MoreInOthers = 504;
        var left = _left;
        var more = _header[MoreInHeader];
        while (more != 0)
        {
            await FillAsync(_header, stop);
            more = _header[MoreInOthers];
        }

        _left = left;
    }

    private async ValueTask FillAsync(Memory<byte> wanted, CancellationToken stop)
    {
        _left -= wanted.Length;
        while (wanted.Length > 0)
        {
            if (_from == _to && wanted.Length < BufferBytes)
            {
                if (!await RefillAsync(stop))
                    throw new EndOfStreamException();
            }
            else if (_from == _to)
            {
                var read = await content.ReadAsync(wanted, stop);
                if (read == 0)
                    throw new EndOfStreamException();
                wanted = wanted[read..];
                continue;
            }

            var held = Math.Min(_to - _from, wanted.Length);
            _buffer.AsMemory(_from, held).CopyTo(wanted);
            _from += held;
            wanted = wanted[held..];
        }
    }

    private async ValueTask SkipAsync(long bytes, CancellationToken stop)
    {
        var held = (int)Math.Min(_to - _from, bytes);
        _from += held;
        bytes -= held;
        if (bytes > BufferBytes && content.CanSeek)
        {
            if (bytes > content.Length - content.Position)
                throw new EndOfStreamException();
            content.Position += bytes;
            return;
        }

        while (bytes > 0)
        {
            if (!await RefillAsync(stop))
                throw new EndOfStreamException();
            _from = (int)Math.Min(_to, bytes);
            bytes -= _from;
        }
    }

    private async ValueTask<bool> RefillAsync(CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        _from = 0;
        _to = 0;
        _to = await content.ReadAsync(_buffer, stop);
        return _to > 0;
    }

    private static long Padding(long size) => (TarHeader.Bytes - size % TarHeader.Bytes) % TarHeader.Bytes;

    private static string WithoutRoot(string path)
    {
        while (path.StartsWith("./", StringComparison.Ordinal))
            path = path[2..];
        return path.TrimStart('/');
    }

    /// <summary>What entries before a file say of it.</summary>
    private struct Attributes
    {
        public string? Path { get; set; }

        public long? Size { get; private set; }

        public bool IsSparse { get; private set; }

        /// <summary>Reads records of the form <c>20 path=photos/1.jpg</c>, each with a line end.</summary>
        /// <exception cref="InvalidDataException">They are not of that form.</exception>
        public void Read(ReadOnlySpan<byte> records)
        {
            while (!records.IsEmpty && records[0] != 0)
            {
                var space = records.IndexOf((byte)' ');
                if (
                    space < 0
                    || !int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                    || length <= space + 1
                    || length > records.Length
                )
                    throw new InvalidDataException("the attributes of a file are broken");
                var record = records[(space + 1)..(length - 1)];
                var equals = record.IndexOf((byte)'=');
                if (equals > 0)
                    Take(Encoding.UTF8.GetString(record[..equals]), record[(equals + 1)..]);
                records = records[length..];
            }
        }

        private void Take(string key, ReadOnlySpan<byte> value)
        {
            if (key is "path")
                Path = RawName.Decode(value);
            else if (key is "size")
                Size = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                    ? size
                    : throw new InvalidDataException("the size of a file is no number");
            else if (key.StartsWith("GNU.sparse.", StringComparison.Ordinal))
                IsSparse = true;
        }
    }
}
