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
    private const string NoModel = "it is no ONNX model, or cut short";

    private readonly HttpClient _http;
    private readonly DownloadRetryOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<string> _report;
    private readonly DownloadRemedies _remedies;

    /// <param name="http">Without a time limit of its own: a large file takes as long as it takes.</param>
    /// <param name="options">Retries and delays.</param>
    /// <param name="time">Of the delays.</param>
    /// <param name="report">Called with one line when a try has failed and another, or another mirror, follows.</param>
    /// <param name="remedies">What messages advise.</param>
    public ModelDownload(
        HttpClient http,
        DownloadRetryOptions options,
        TimeProvider time,
        Action<string> report,
        DownloadRemedies remedies
    )
    {
        _http = http;
        _options = options;
        _time = time;
        _report = report;
        _remedies = remedies;
    }

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
            await using (var file = await new PartFile(_options, _time, _report).OpenAsync(part, cancellation))
            {
                // Another process may have been faster.
                if (await RightAsync(path, expected, cancellation) is { } there)
                    return there;
                sha256 = await FirstOfAsync(mirrors, path, file, expected, onProgress, cancellation);
            }

            PartFile.Move(part, path);
            return sha256;
        }
        finally
        {
            if (new FileInfo(part) is { Exists: true, Length: 0 })
                File.Delete(part);
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

    private string Remedy(List<MirrorException> failures, string path, FileStream file, ExpectedContent expected)
    {
        if (failures.Any(failed => failed.Fault == MirrorFault.WrongContent))
            return expected.Remedy ?? _remedies.Hash;
        if (file.Length > 0)
            return "what came is kept, so trying again continues from there";
        return $"if this machine reaches none of them, put the file at {path} yourself, or {_remedies.Mirror}";
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
        var reader = new MirrorReader(_http, _options.Silence, _time);
        var pipeline = Pipeline(url, retries);
        while (true)
        {
            var isResumed = file.Length > 0;
            await pipeline.ExecuteAsync(
                async token => await reader.AppendAsync(url, file, expected, onProgress, token),
                cancellation
            );
            var (sha256, difference) = await expected.CheckAsync(file, cancellation);
            if (difference is null && expected.Tag is null)
                difference = NotOnnx(file);
            if (difference is null)
                return sha256;
            file.SetLength(0);
            if (!isResumed)
                throw new MirrorException(
                    MirrorFault.WrongContent,
                    $"{difference}: it is another file, and was deleted"
                );
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
        reason is MirrorException { Fault: MirrorFault.Unreachable }
            ? Math.Min(retries, _options.RetriesOfUnreachable)
            : retries;

    private TimeSpan? Asked(Exception? failed)
    {
        if (failed is not MirrorException { RetryAfter: { } after })
            return null;
        return after < _options.MaxDelay ? after : _options.MaxDelay;
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
}
