using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Polly;
using Polly.Retry;

namespace InferenceMeter.Models.Catalog;

/// <summary>
/// Fetches a file whose SHA-256 is known: goes on where an earlier try (or an earlier run) stopped, and lets the file appear, whole and right,
/// by rename. What is wrong never has the name of the model.
/// </summary>
internal sealed class ModelDownload
{
    // A server that says no length must not fill the disk; twice what ONNX can hold in one file.
    private const long MostBytes = 4L * 1024 * 1024 * 1024;

    private readonly HttpClient _http;
    private readonly DownloadPatience _patience;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _tries;

    /// <param name="http">Without a time limit of its own: a large file takes as long as it takes.</param>
    /// <param name="told">Told, in one line, when a try has failed and another will be made.</param>
    public ModelDownload(HttpClient http, DownloadPatience patience, TimeProvider time, Action<string> told)
    {
        (_http, _patience, _time) = (http, patience, time);
        _tries = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<Exception>(MayPass),
                    MaxRetryAttempts = patience.Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = patience.FirstDelay,
                    MaxDelay = patience.MaxDelay,
                    DelayGenerator = failed =>
                        new(
                            failed.Outcome.Exception is Refusal { RetryAfter: { } after }
                                ? (after < patience.MaxDelay ? after : patience.MaxDelay)
                                : null
                        ),
                    OnRetry = failed =>
                    {
                        told(
                            $"{Reason(failed.Outcome.Exception!)}; again in {Math.Ceiling(failed.RetryDelay.TotalSeconds):0} s ({failed.AttemptNumber + 1} of {patience.Retries})"
                        );
                        return default;
                    },
                }
            )
            .Build();
    }

    /// <summary>Fetches it.</summary>
    /// <param name="path">Where it is to be; a file that is there and right is left as it is.</param>
    /// <param name="sha256">Of the right file, lower-case hex.</param>
    /// <param name="progress">Told bytes here and bytes in all, when the server says them.</param>
    /// <exception cref="ModelException">It cannot be had, or is another file than it should be.</exception>
    /// <exception cref="IOException">It cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    public async Task FetchAsync(
        Uri url,
        string path,
        string sha256,
        Action<long, long?> progress,
        CancellationToken cancellation
    )
    {
        if (File.Exists(path) && await HashAsync(path, cancellation) == sha256)
            return;
        // The hash is in its name: what was begun of another file is not gone on with.
        var part = $"{path}.{sha256[..12]}.part";
        var resumed = File.Exists(part);
        while (true)
        {
            await TryAsync(url, part, progress, cancellation);
            var hash = await HashAsync(part, cancellation);
            if (hash == sha256)
            {
                File.Move(part, path, overwrite: true);
                return;
            }

            File.Delete(part);
            if (!resumed)
                throw new ModelException(
                    $"{url}: its SHA-256 is {hash}, not {sha256}: it is another file, and was deleted; check the address, or give --sha256 if you know the new one to be right"
                );
            // What an earlier run left may have been of an older file: once from the beginning.
            resumed = false;
        }
    }

    private async Task TryAsync(Uri url, string part, Action<long, long?> progress, CancellationToken cancellation)
    {
        try
        {
            await _tries.ExecuteAsync(async token => await AppendAsync(url, part, progress, token), cancellation);
        }
        catch (Exception failed) when (MayPass(failed) || failed is Refusal)
        {
            throw new ModelException(
                $"{url}: cannot be fetched: {Reason(failed)}; what is here already is kept, so trying again goes on from there",
                failed
            );
        }
    }

    private async Task AppendAsync(Uri url, string part, Action<long, long?> progress, CancellationToken cancellation)
    {
        await using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1 << 16);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (file.Length > 0)
            request.Headers.Range = new RangeHeaderValue(file.Length, null);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(_patience.Silence);
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token);
            if (answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                // Nothing is left of it, or it has become shorter: the hash will tell, or the next try begins anew.
                if (answer.Content.Headers.ContentRange?.Length == file.Length)
                    return;
                file.SetLength(0);
                throw new IOException("the server does not go on from where it was left");
            }

            if (!answer.IsSuccessStatusCode)
                throw new Refusal(
                    answer.StatusCode,
                    answer.Headers.RetryAfter?.Delta ?? answer.Headers.RetryAfter?.Date - _time.GetUtcNow()
                );
            // Whoever ignores the range sends all of it.
            var from =
                answer.StatusCode == HttpStatusCode.PartialContent ? answer.Content.Headers.ContentRange?.From : 0;
            if (from is null || from > file.Length)
            {
                file.SetLength(0);
                throw new IOException("the server went on from another place than it was asked to");
            }

            file.SetLength(from.Value);
            file.Position = from.Value;
            await CopyAsync(answer, file, progress, silence, from.Value);
        }
        catch (OperationCanceledException silent) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"nothing came for {_patience.Silence.TotalSeconds:0.#} s", silent);
        }
    }

    private async Task CopyAsync(
        HttpResponseMessage answer,
        FileStream file,
        Action<long, long?> progress,
        CancellationTokenSource silence,
        long from
    )
    {
        var total = answer.Content.Headers.ContentLength + from;
        await using var stream = await answer.Content.ReadAsStreamAsync(silence.Token);
        var buffer = new byte[1 << 16];
        for (int read; (read = await stream.ReadAsync(buffer, silence.Token)) > 0; )
        {
            silence.CancelAfter(_patience.Silence);
            await file.WriteAsync(buffer.AsMemory(0, read), silence.Token);
            if (file.Length > MostBytes)
                throw new ModelException($"more than {MostBytes >> 30} GB came, which is no model; check the address");
            progress(file.Length, total);
        }

        await file.FlushAsync(silence.Token);
        if (total is { } all && file.Length < all)
            throw new IOException($"it ended after {file.Length:#,0} of {all:#,0} bytes");
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellation)
    {
        await using var stream = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.Read,
            1 << 16,
            FileOptions.SequentialScan | FileOptions.Asynchronous
        );
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }

    private static bool MayPass(Exception failed) =>
        failed switch
        {
            Refusal refusal => refusal.Status
                is HttpStatusCode.TooManyRequests
                    or HttpStatusCode.RequestTimeout
                    or >= HttpStatusCode.InternalServerError,
            // A full disk or a folder of another's does not mend itself.
            UnauthorizedAccessException or DirectoryNotFoundException => false,
            IOException io => !IsOfTheDisk(io),
            _ => failed is HttpRequestException,
        };

    private static bool IsOfTheDisk(IOException failed) =>
        failed.GetType() == typeof(IOException) && failed.HResult is 28 or unchecked((int)0x80070070);

    private static string Reason(Exception failed) =>
        failed is Refusal refusal ? $"the server answered {(int)refusal.Status} {refusal.Status}" : OneLine.Of(failed);

    private sealed class Refusal(HttpStatusCode status, TimeSpan? retryAfter) : Exception
    {
        public HttpStatusCode Status => status;

        public TimeSpan? RetryAfter => retryAfter is { } after && after > TimeSpan.Zero ? after : null;
    }
}
