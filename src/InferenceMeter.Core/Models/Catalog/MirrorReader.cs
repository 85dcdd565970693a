using System.Net;
using System.Net.Http.Headers;

namespace InferenceMeter.Models.Catalog;

/// <summary>One try to get the rest of a file from a mirror.</summary>
/// <param name="http">Without a time limit of its own: a large file takes as long as it takes.</param>
/// <param name="silenceLimit">Time without a byte after which the try has failed.</param>
/// <param name="time">Clock of what a server asks to wait for.</param>
internal sealed class MirrorReader(HttpClient http, TimeSpan silenceLimit, TimeProvider time)
{
    // A server that says no length must not fill the disk; twice what ONNX can hold in one file.
    private const long MostBytes = 4L * 1024 * 1024 * 1024;

    /// <summary>Appends to the file what it still lacks, or begins anew where the mirror does not continue.</summary>
    /// <param name="url">The mirror.</param>
    /// <param name="file">Holds what came so far.</param>
    /// <param name="expected">What is known of the whole.</param>
    /// <param name="onProgress">
    /// Called with the bytes that are here, and those of the whole when the server says them.
    /// </param>
    /// <param name="cancellation">Keeps what came.</param>
    /// <exception cref="MirrorException">The mirror did not give all of it.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task AppendAsync(
        Uri url,
        FileStream file,
        ExpectedContent expected,
        Action<long, long?> onProgress,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (file.Length > 0)
            request.Headers.Range = new RangeHeaderValue(file.Length, null);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(silenceLimit);
        using var answer = await SendAsync(request, silence, cancellation);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Nothing is left of it, or it has become shorter: the hash will tell, or the next try begins anew.
            if (answer.Content.Headers.ContentRange?.Length == file.Length)
                return;
            file.SetLength(0);
            throw new MirrorException(MirrorFault.Broken, "the server does not continue from where it was left");
        }

        if (!answer.IsSuccessStatusCode)
            throw MirrorException.Refused(answer.StatusCode, RetryAfter(answer));
        // Whoever ignores the range sends all of it.
        var from = answer.StatusCode == HttpStatusCode.PartialContent ? answer.Content.Headers.ContentRange?.From : 0;
        if (from is null || from > file.Length)
        {
            file.SetLength(0);
            throw new MirrorException(
                MirrorFault.Broken,
                "the server continues from another place than it was asked to"
            );
        }

        var total = answer.Content.Headers.ContentLength + from;
        if (answer.Content.Headers.ContentType?.MediaType == "text/html")
            throw new MirrorException(MirrorFault.WrongContent, PlainText.WebPage);
        await CopyAsync(answer, file, from.Value, total, expected, onProgress, silence, cancellation);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationTokenSource silence,
        CancellationToken cancellation
    )
    {
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        }
        catch (HttpRequestException failed)
            when (failed.HttpRequestError
                    is HttpRequestError.NameResolutionError
                        or HttpRequestError.ConnectionError
                        or HttpRequestError.SecureConnectionError
                        or HttpRequestError.ProxyTunnelError
            )
        {
            throw new MirrorException(MirrorFault.Unreachable, OneLine.Of(failed), failed);
        }
        catch (HttpRequestException failed)
        {
            throw new MirrorException(MirrorFault.Broken, OneLine.Of(failed), failed);
        }
        catch (OperationCanceledException silent) when (!cancellation.IsCancellationRequested)
        {
            throw new MirrorException(
                MirrorFault.Unreachable,
                silence.IsCancellationRequested ? Silent : "no connection could be made in time",
                silent
            );
        }
    }

    private async Task CopyAsync(
        HttpResponseMessage answer,
        FileStream file,
        long from,
        long? total,
        ExpectedContent expected,
        Action<long, long?> onProgress,
        CancellationTokenSource silence,
        CancellationToken cancellation
    )
    {
        var buffer = new byte[1 << 16];
        await using var stream = await answer.Content.ReadAsStreamAsync(silence.Token);
        var read = await ReadAsync(stream, buffer, silence, cancellation);
        // Before anything of an earlier try is given up for it.
        if (from == 0 && PlainText.Find(buffer.AsSpan(0, read)) is { } other)
            throw new MirrorException(MirrorFault.WrongContent, other);
        if (expected.Bytes is { } right && total is { } offered && offered != right)
            throw new MirrorException(
                MirrorFault.WrongContent,
                $"it offers {offered:#,0} bytes, and the file has {right:#,0}"
            );
        file.SetLength(from);
        file.Position = from;
        while (read > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            if (file.Length > MostBytes)
                throw new MirrorException(
                    MirrorFault.WrongContent,
                    $"more than {MostBytes >> 30} GB came, which is no model"
                );
            onProgress(file.Length, total);
            read = await ReadAsync(stream, buffer, silence, cancellation);
        }

        await file.FlushAsync(cancellation);
        if (total is { } all && file.Length < all)
            throw new MirrorException(MirrorFault.Broken, $"it ended after {file.Length:#,0} of {all:#,0} bytes");
    }

    /// <summary>Reads from the network; what goes wrong in here is the connection's fault, not the disk's.</summary>
    private async Task<int> ReadAsync(
        Stream stream,
        byte[] buffer,
        CancellationTokenSource silence,
        CancellationToken cancellation
    )
    {
        try
        {
            var read = await stream.ReadAsync(buffer, silence.Token);
            silence.CancelAfter(silenceLimit);
            return read;
        }
        catch (Exception failed) when (failed is IOException or HttpRequestException)
        {
            throw new MirrorException(MirrorFault.Broken, OneLine.Of(failed), failed);
        }
        catch (OperationCanceledException silent) when (!cancellation.IsCancellationRequested)
        {
            throw new MirrorException(MirrorFault.Broken, Silent, silent);
        }
    }

    private string Silent => $"nothing came for {silenceLimit.TotalSeconds:0.#} s";

    private TimeSpan? RetryAfter(HttpResponseMessage answer)
    {
        var after = answer.Headers.RetryAfter?.Delta ?? answer.Headers.RetryAfter?.Date - time.GetUtcNow();
        return after > TimeSpan.Zero ? after : null;
    }
}
