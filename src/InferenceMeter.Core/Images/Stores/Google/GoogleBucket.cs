using System.Net;
using System.Net.Http.Headers;
using Google;
using Google.Apis.Auth.OAuth2.Responses;
using Google.Cloud.Storage.V1;

namespace InferenceMeter.Images.Stores.Google;

/// <summary>A bucket of Google Cloud Storage.</summary>
internal sealed class GoogleBucket(StorageClient client, string bucket) : IBucket
{
    private const string Remedy =
        "sign in with gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS";

    /// <summary>
    /// Reasons of <see href="https://cloud.google.com/storage/docs/json_api/v1/status-codes">refusals</see> that end
    /// when less is asked for.
    /// </summary>
    private static readonly HashSet<string> OfOverload = new(StringComparer.Ordinal)
    {
        "backendError",
        "internalError",
        "rateLimitExceeded",
        "userRateLimitExceeded",
    };

    /// <inheritdoc/>
    public string Kind => "gcs";

    /// <inheritdoc/>
    public string Address => $"gs://{bucket}";

    /// <inheritdoc/>
    public async Task<ObjectPage> ListAsync(string prefix, string? continuation, CancellationToken stop)
    {
        var request = client.Service.Objects.List(bucket);
        request.Prefix = prefix;
        request.PageToken = continuation;
        request.Fields = "items(name,size),nextPageToken";
        var page = await request.ExecuteAsync(stop);
        return new ObjectPage(
            [.. (page.Items ?? []).Select(item => (item.Name, (long)(item.Size ?? 0)))],
            page.NextPageToken is { Length: > 0 } next ? next : null
        );
    }

    /// <inheritdoc/>
    public async Task<ObjectContent> GetAsync(ObjectRequest request, CancellationToken stop)
    {
        // The library downloads into a stream; this one gives a stream.
        using var message = new HttpRequestMessage(HttpMethod.Get, MediaOf(request));
        // Objects that are stored compressed come as they are stored: their length is known, and they have ranges.
        message.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        if (request.Range is { } range)
            message.Headers.Add("Range", range);
        var answer = await client.Service.HttpClient.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop);
        try
        {
            if (!answer.IsSuccessStatusCode)
                throw Refusal(answer.StatusCode, await GoogleRefusal.ReadAsync(answer, stop), null);
            if (request.From > 0 && answer.StatusCode != HttpStatusCode.PartialContent)
                throw new StoreException(StoreFault.Unreadable, "the store gives whole objects only, and no ranges");
            var headers = answer.Content.Headers;
            var length =
                headers.ContentLength
                ?? throw new StoreException(StoreFault.Unreadable, "the store does not say how long the object is");
            return new ObjectContent(
                await answer.Content.ReadAsStreamAsync(stop),
                length,
                headers.ContentRange?.Length ?? length,
                answer.Headers.TryGetValues("x-goog-generation", out var generation) ? generation.First() : null
            );
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StoreException FaultOf(Exception failure) =>
        failure switch
        {
            GoogleApiException { HttpStatusCode: >= HttpStatusCode.Continue } refused => Refusal(
                refused.HttpStatusCode,
                new GoogleRefusal(refused.Error?.Errors?.FirstOrDefault()?.Reason ?? "", refused.Error?.Message ?? ""),
                refused
            ),
            TokenResponseException
            {
                StatusCode: HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError
            } => new StoreException(StoreFault.Unavailable, HttpFaults.OneLine(failure.Message), failure),
            TokenResponseException refused => new StoreException(
                StoreFault.Credentials,
                $"the credentials are refused: {HttpFaults.OneLine(refused.Error?.Error ?? refused.Message)}; {Remedy}",
                refused
            ),
            _ => HttpFaults.Of(failure),
        };

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private string MediaOf(ObjectRequest request)
    {
        var condition = request.Version is { } version ? $"&ifGenerationMatch={version}" : "";
        return $"{client.Service.BaseUri}b/{Uri.EscapeDataString(bucket)}/o/{Uri.EscapeDataString(request.Key)}"
            + $"?alt=media{condition}";
    }

    private static StoreException Refusal(HttpStatusCode status, GoogleRefusal refusal, Exception? inner)
    {
        var fault = OfOverload.Contains(refusal.Reason) ? StoreFault.Unavailable : HttpFaults.Of((int)status);
        var code = refusal.Reason.Length > 0 ? $"{(int)status} {refusal.Reason}" : $"{(int)status}";
        var message = HttpFaults.OneLine($"{code}: {refusal.Message}");
        return new StoreException(fault, fault == StoreFault.Credentials ? $"{message}; {Remedy}" : message, inner);
    }
}
