using System.Net;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;

namespace InferenceMeter.Models.Catalog;

/// <summary>
/// Downloads a file from the first of its mirrors that has it. A try continues where an earlier one, or an earlier run,
/// stopped; the hash of the whole decides. The file gets its name by a rename once it is whole and right, so wrong
/// content never has the name of the model.
/// </summary>
internal sealed class ModelDownload
{
    // A server that says no length must not fill the disk; twice what ONNX can hold in one file.
    private const long MostBytes = 4L * 1024 * 1024 * 1024;

    private const string NoModel = "it is no ONNX model, or cut short";

    private readonly HttpClient _http;
    private readonly DownloadRetryOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<string> _report;

    /// <param name="http">Without a time limit of its own: a large file takes as long as it takes.</param>
    /// <param name="options">Retries and delays.</param>
    /// <param name="time">Of the delays.</param>
    /// <param name="report">Called with one line when a try has failed and another, or another mirror, follows.</param>
    public ModelDownload(HttpClient http, DownloadRetryOptions options, TimeProvider time, Action<string> report) =>
        (_http, _options, _time, _report) = (http, options, time, report);

    /// <summary>Downloads it.</summary>
    /// <param name="mirrors">Addresses of the same file, tried in order.</param>
    /// <param name="path">Where it is to be; another file there is replaced.</param>
    /// <param name="expected">What is known of it.</param>
    /// <param name="onProgress">Called with the bytes that are here, and those of the whole when a server says
    /// them.</param>
    /// <param name="cancellation">Keeps what came, for the next run.</param>
    /// <returns>Its SHA-256.</returns>
    /// <exception cref="ModelException">No mirror has the right file; all that happened is in the message.</exception>
    /// <exception cref="IOException">It cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    public async Task<string> FetchAsync(
        IReadOnlyList<Uri> mirrors,
        string path,
        ExpectedContent expected,
        Action<long, long?> onProgress,
        CancellationToken cancellation
    )
    {
        var part = $"{path}.{expected.Tag ?? "new"}.part";
        try
        {
            string sha256;
            await using (var file = await OpenAsync(part, cancellation))
            {
                // Another process may have been faster.
                if (await RightAsync(path, expected, cancellation) is { } there)
                    return there;
                sha256 = await FirstOfAsync(mirrors, path, file, expected, onProgress, cancellation);
            }

            Move(part, path);
            return sha256;
        }
        finally
        {
            if (new FileInfo(part) is { Exists: true, Length: 0 })
                File.Delete(part);
        }
    }

    private static void Move(string part, string path)
    {
        try
        {
            File.Move(part, path, overwrite: true);
        }
        catch (FileNotFoundException) when (File.Exists(path))
        {
            // Moved by a process that had waited for this one.
        }
    }

    /// <summary>SHA-256 of a file that is there and, as far as is known, right; else <see langword="null"/>.</summary>
    private static async Task<string?> RightAsync(string path, ExpectedContent expected, CancellationToken cancellation)
    {
        if (expected.Tag is null || !File.Exists(path))
            return null;
        await using var file = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.Read,
            1,
            FileOptions.Asynchronous
        );
        var (sha256, difference) = await expected.CheckAsync(file, cancellation);
        return difference is null ? sha256 : null;
    }

    private async Task<FileStream> OpenAsync(string part, CancellationToken cancellation)
    {
        var waiting = new ResiliencePipelineBuilder { TimeProvider = _time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<IOException>(IsOpenElsewhere),
                    MaxRetryAttempts = _options.BusyLooks,
                    BackoffType = DelayBackoffType.Constant,
                    Delay = _options.BusyDelay,
                    OnRetry = busy =>
                    {
                        if (busy.AttemptNumber == 0)
                            _report($"{part} is being written by another process; waiting for it");
                        return default;
                    },
                }
            )
            .Build();
        return await waiting.ExecuteAsync(
            _ =>
                ValueTask.FromResult(
                    new FileStream(
                        part,
                        FileMode.OpenOrCreate,
                        FileAccess.ReadWrite,
                        FileShare.None,
                        1 << 16,
                        FileOptions.Asynchronous
                    )
                ),
            cancellation
        );
    }

    private async Task<string> FirstOfAsync(
        IReadOnlyList<Uri> mirrors,
        string path,
        FileStream file,
        ExpectedContent expected,
        Action<long, long?> onProgress,
        CancellationToken cancellation
    )
    {
        var failures = new List<MirrorException>();
        for (var i = 0; i < mirrors.Count; i++)
        {
            // Without a hash nobody could tell whether the rest is of the same file.
            if (expected.Tag is null)
                file.SetLength(0);
            try
            {
                var retries = i < mirrors.Count - 1 ? _options.RetriesBeforeNextMirror : _options.Retries;
                return await FromAsync(mirrors[i], file, expected, retries, onProgress, cancellation);
            }
            catch (MirrorException failed)
            {
                failures.Add(failed);
                if (i < mirrors.Count - 1)
                    _report($"{mirrors[i]}: {failed.Message}; trying {mirrors[i + 1]}");
            }
        }

        var reasons = string.Join("; ", mirrors.Zip(failures, (mirror, failed) => $"{mirror}: {failed.Message}"));
        throw new ModelException(
            $"{Path.GetFileName(path)} cannot be downloaded: {reasons}; {Remedy(failures, path, file, expected)}",
            failures[^1]
        );
    }

    private static string Remedy(List<MirrorException> failures, string path, FileStream file, ExpectedContent expected)
    {
        if (failures.Any(failed => failed is WrongContentException))
            return expected.Remedy;
        if (file.Length > 0)
            return "what came is kept, so trying again continues from there";
        return $"if this machine reaches none of them, put the file at {path} yourself, or name a mirror with "
            + "--catalog FILE";
    }

    private async Task<string> FromAsync(
        Uri url,
        FileStream file,
        ExpectedContent expected,
        int retries,
        Action<long, long?> onProgress,
        CancellationToken cancellation
    )
    {
        var pipeline = Pipeline(url, retries);
        while (true)
        {
            var isResumed = file.Length > 0;
            await pipeline.ExecuteAsync(
                async token => await AppendAsync(url, file, expected, onProgress, token),
                cancellation
            );
            var (sha256, difference) = await expected.CheckAsync(file, cancellation);
            if (difference is null && expected.Tag is null)
                difference = NotOnnx(file);
            if (difference is null)
                return sha256;
            file.SetLength(0);
            if (!isResumed)
                throw new WrongContentException($"{difference}: it is another file, and was deleted");
            // What was here already may have been of another file: once more, from the beginning.
        }
    }

    private ResiliencePipeline Pipeline(Uri url, int retries) =>
        new ResiliencePipelineBuilder { TimeProvider = _time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = failed =>
                        ValueTask.FromResult(
                            failed.Outcome.Exception is MirrorException { MayPass: true } reason
                                && failed.AttemptNumber < Limit(reason, retries)
                        ),
                    MaxRetryAttempts = Math.Max(1, retries),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = _options.FirstDelay,
                    MaxDelay = _options.MaxDelay,
                    DelayGenerator = failed => new(Asked(failed.Outcome.Exception)),
                    OnRetry = failed =>
                    {
                        var (reason, seconds) = (
                            failed.Outcome.Exception!,
                            Math.Ceiling(failed.RetryDelay.TotalSeconds)
                        );
                        _report(
                            $"{url}: {reason.Message}; again in {seconds:0} s ({failed.AttemptNumber + 1} "
                                + $"of {Limit(reason, retries)})"
                        );
                        return default;
                    },
                }
            )
            .Build();

    private int Limit(Exception reason, int retries) =>
        reason is UnreachableException ? Math.Min(retries, _options.RetriesOfUnreachable) : retries;

    private TimeSpan? Asked(Exception? failed)
    {
        if (failed is not RefusalException { RetryAfter: { } after })
            return null;
        return after < _options.MaxDelay ? after : _options.MaxDelay;
    }

    private async Task AppendAsync(
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
        silence.CancelAfter(_options.Silence);
        using var answer = await SendAsync(request, silence, cancellation);
        if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Nothing is left of it, or it has become shorter: the hash will tell, or the next try begins anew.
            if (answer.Content.Headers.ContentRange?.Length == file.Length)
                return;
            file.SetLength(0);
            throw new BrokenException("the server does not continue from where it was left");
        }

        if (!answer.IsSuccessStatusCode)
            throw new RefusalException(answer.StatusCode, RetryAfter(answer));
        // Whoever ignores the range sends all of it.
        var from = answer.StatusCode == HttpStatusCode.PartialContent ? answer.Content.Headers.ContentRange?.From : 0;
        if (from is null || from > file.Length)
        {
            file.SetLength(0);
            throw new BrokenException("the server continues from another place than it was asked to");
        }

        var total = answer.Content.Headers.ContentLength + from;
        if (answer.Content.Headers.ContentType?.MediaType == "text/html")
            throw new WrongContentException(PlainText.WebPage);
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
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
        }
        catch (HttpRequestException failed)
            when (failed.HttpRequestError
                    is HttpRequestError.NameResolutionError
                        or HttpRequestError.ConnectionError
                        or HttpRequestError.SecureConnectionError
                        or HttpRequestError.ProxyTunnelError
            )
        {
            throw new UnreachableException(OneLine.Of(failed), failed);
        }
        catch (HttpRequestException failed)
        {
            throw new BrokenException(OneLine.Of(failed), failed);
        }
        catch (OperationCanceledException silent) when (!cancellation.IsCancellationRequested)
        {
            throw new UnreachableException(
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
            throw new WrongContentException(other);
        if (expected.Bytes is { } right && total is { } offered && offered != right)
            throw new WrongContentException($"it offers {offered:#,0} bytes, and the file has {right:#,0}");
        file.SetLength(from);
        file.Position = from;
        while (read > 0)
        {
            await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            if (file.Length > MostBytes)
                throw new WrongContentException($"more than {MostBytes >> 30} GB came, which is no model");
            onProgress(file.Length, total);
            read = await ReadAsync(stream, buffer, silence, cancellation);
        }

        await file.FlushAsync(cancellation);
        if (total is { } all && file.Length < all)
            throw new BrokenException($"it ended after {file.Length:#,0} of {all:#,0} bytes");
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
            silence.CancelAfter(_options.Silence);
            return read;
        }
        catch (Exception failed) when (failed is IOException or HttpRequestException)
        {
            throw new BrokenException(OneLine.Of(failed), failed);
        }
        catch (OperationCanceledException silent) when (!cancellation.IsCancellationRequested)
        {
            throw new BrokenException(Silent, silent);
        }
    }

    private string Silent => $"nothing came for {_options.Silence.TotalSeconds:0.#} s";

    private TimeSpan? RetryAfter(HttpResponseMessage answer)
    {
        var after = answer.Headers.RetryAfter?.Delta ?? answer.Headers.RetryAfter?.Date - _time.GetUtcNow();
        return after > TimeSpan.Zero ? after : null;
    }

    /// <summary>
    /// Of content that no hash is known of: what comes first is remembered for ever, so it had better be a model.
    /// </summary>
    private static string? NotOnnx(FileStream file)
    {
        try
        {
            file.Position = 0;
            return Onnx.ModelProto.Parser.ParseFrom(file) is { Graph.Node.Count: > 0 } ? null : NoModel;
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return NoModel;
        }
    }

    /// <summary>A file that a process holds open for itself: EWOULDBLOCK, or Windows' sharing violation.</summary>
    private static bool IsOpenElsewhere(IOException failed) => failed.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>A mirror does not give the right file.</summary>
    private abstract class MirrorException(string message, Exception? inner) : Exception(message, inner)
    {
        /// <summary>Whether the same mirror may give it on another try.</summary>
        public virtual bool MayPass => true;
    }

    private sealed class BrokenException(string message, Exception? inner = null) : MirrorException(message, inner);

    private sealed class UnreachableException(string message, Exception inner) : MirrorException(message, inner);

    private sealed class WrongContentException(string message) : MirrorException(message, null)
    {
        public override bool MayPass => false;
    }

    private sealed class RefusalException(HttpStatusCode status, TimeSpan? retryAfter)
        : MirrorException($"the server answered {(int)status} {status}", null)
    {
        public TimeSpan? RetryAfter => retryAfter;

        public override bool MayPass =>
            status
                is HttpStatusCode.TooManyRequests
                    or HttpStatusCode.RequestTimeout
                    or >= HttpStatusCode.InternalServerError;
    }
}
