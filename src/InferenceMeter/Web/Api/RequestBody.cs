using System.Buffers;

namespace InferenceMeter.Web.Api;

/// <summary>The whole body of a request, in a pooled array that disposing returns.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int First = 64 * 1024;

    private byte[] _bytes;
    private int _length;

    private RequestBody(byte[] bytes) => _bytes = bytes;

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, _length);

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The body.</param>
    /// <param name="expected">Its announced length in bytes; <see langword="null"/> when it is not announced.</param>
    /// <param name="limit">The most bytes that are accepted.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The body; <see langword="null"/> when it is longer than the limit.</returns>
    /// <exception cref="BadHttpRequestException">It is larger than the server takes, or comes too slowly.</exception>
    public static async Task<RequestBody?> ReadAsync(
        Stream stream,
        long? expected,
        int limit,
        CancellationToken cancellation
    )
    {
        if (expected > limit)
            return null;
        // What is announced is not believed beyond what has come: an announcement costs its sender nothing.
        var body = new RequestBody(ArrayPool<byte>.Shared.Rent((int)Math.Min(expected ?? First, 1 << 20) + 1));
        try
        {
            while (await stream.ReadAsync(body._bytes.AsMemory(body._length), cancellation) is var read and > 0)
            {
                body._length += read;
                if (body._length > limit)
                {
                    body.Dispose();
                    return null;
                }

                if (body._length == body._bytes.Length)
                    body.Grow();
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _length) = ([], 0);
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
