using InferenceMeter.Web.Security;

namespace InferenceMeter.Web;

/// <summary>
/// A request's body whose faults are the client's: what cannot be decoded or is badly framed is a bad request, and not
/// an error of the meter.
/// </summary>
/// <param name="body">The body; it is left open.</param>
/// <param name="coding">The content coding that is taken off it; <see langword="null"/> for none.</param>
/// <param name="onFault">Gets the refusal, for readers that keep only the status of an exception.</param>
internal sealed class GuardedBody(Stream body, string? coding, Action<Refusal> onFault) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await body.ReadAsync(buffer, cancellationToken);
        }
        catch (BadHttpRequestException refused)
        {
            onFault(new Refusal(refused.StatusCode, Reason(refused)));
            throw;
        }
        catch (Exception broken) when (coding is not null && IsUndecodable(broken))
        {
            throw Bad($"the body is not {coding}, which its Content-Encoding says it is", broken);
        }
        catch (IOException broken) when (broken.InnerException is OverflowException)
        {
            throw Bad("the size of a chunk is larger than any body can be", broken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("bodies are read asynchronously");

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>GZip and deflate throw the one, Brotli the other.</summary>
    private static bool IsUndecodable(Exception error) =>
        error is InvalidDataException or (InvalidOperationException and not ObjectDisposedException);

    private static string Reason(BadHttpRequestException refused) =>
        refused.StatusCode == StatusCodes.Status413PayloadTooLarge
            ? "the body is larger than the meter takes, as it comes or once decoded; --max-request-bytes says how "
                + "large it may be"
            : refused.Message;

    private BadHttpRequestException Bad(string reason, Exception cause)
    {
        onFault(new Refusal(StatusCodes.Status400BadRequest, reason));
        return new BadHttpRequestException(reason, StatusCodes.Status400BadRequest, cause);
    }
}
