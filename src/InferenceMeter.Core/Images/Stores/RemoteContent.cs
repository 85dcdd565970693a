namespace InferenceMeter.Images.Stores;

/// <summary>
/// The content of an object as a stream. Where a connection breaks it goes on at the same byte of the same version.
/// </summary>
/// <param name="store">Who gets it.</param>
/// <param name="item">Which object.</param>
/// <param name="pieces">
/// Bytes of the first request. Those after it grow while reading goes on from front to back, so that a jump throws
/// little away. <see cref="Whole"/>: one request to the end.
/// </param>
internal sealed class RemoteContent(BucketStore store, StoredObject item, long pieces) : Stream
{
    /// <summary>For reading from front to back.</summary>
    public const long Whole = long.MaxValue;

    /// <summary>For reading here and there.</summary>
    public const long Pieces = 256 * 1024;

    private const long LargestPiece = 16 * 1024 * 1024;

    private ObjectContent? _content;
    private long _contentAt;
    private long _contentEnd;
    private readonly long _firstPiece = pieces;
    private long _piece;
    private long _position;
    private long? _length = item.Size;
    private string? _version;

    public override bool CanRead => true;

    public override bool CanSeek => _firstPiece != Whole;

    public override bool CanWrite => false;

    public override long Length => _length ?? throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    /// <summary>Makes sure that it is there, and how long it is.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public async ValueTask OpenAsync(CancellationToken stop)
    {
        if (_firstPiece == Whole || _length is null)
            await store.RetryAsync(
                async token =>
                {
                    await ConnectAsync(token);
                    return true;
                },
                stop
            );
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0 || _position >= _length)
            return 0;
        return await store.RetryAsync(token => ReadOnceAsync(buffer, token), cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin)
    {
        if (!CanSeek)
            throw new NotSupportedException();
        _position = origin switch
        {
            SeekOrigin.Current => _position + offset,
            SeekOrigin.End => Length + offset,
            _ => offset,
        };
        return _position;
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Disconnect();
        base.Dispose(disposing);
    }

    private async Task<int> ReadOnceAsync(Memory<byte> buffer, CancellationToken stop)
    {
        if (_content is null || _contentAt != _position || _contentAt == _contentEnd)
            await ConnectAsync(stop);
        try
        {
            var most = (int)Math.Min(buffer.Length, _contentEnd - _contentAt);
            var read = most == 0 ? 0 : await store.ReceiveAsync(_content!.Body, buffer[..most], stop);
            if (read == 0 && _position < _length)
                throw BucketStore.EndedEarly(_position, _length);
            _position += read;
            _contentAt += read;
            return read;
        }
        catch (StoreException)
        {
            Disconnect();
            throw;
        }
    }

    private async Task ConnectAsync(CancellationToken stop)
    {
        // On from where the last piece ended, larger ones cost fewer requests.
        var goesOn = _contentEnd == _position && _contentEnd > 0;
        if (_firstPiece != Whole)
            _piece = goesOn ? Math.Min(LargestPiece, 2 * _piece) : _firstPiece;
        Disconnect();
        var rest = (_length ?? long.MaxValue) - _position;
        var request = new ObjectRequest(
            item.Key,
            _position,
            _firstPiece == Whole || _piece >= rest ? null : _piece,
            _version
        );
        _content = await store.GetOnceAsync(request, stop);
        _contentAt = _position;
        _contentEnd = _position + _content.Length;
        _length = _content.Size;
        _version ??= _content.Version;
    }

    private void Disconnect()
    {
        _content?.Dispose();
        _content = null;
    }
}
