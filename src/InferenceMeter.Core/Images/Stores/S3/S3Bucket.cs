using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace InferenceMeter.Images.Stores.S3;

/// <summary>A bucket of S3.</summary>
internal sealed class S3Bucket(IAmazonS3 client, string bucket) : IBucket
{
    /// <summary>
    /// Codes of <see href="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html">S3's errors</see> that
    /// are about who asks, and not about what is asked for.
    /// </summary>
    private static readonly HashSet<string> OfCredentials = new(StringComparer.Ordinal)
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    };

    private static readonly HashSet<string> OfOverload = new(StringComparer.Ordinal)
    {
        "InternalError",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
    };

    /// <inheritdoc/>
    public string Kind => "s3";

    /// <inheritdoc/>
    public string Address => $"s3://{bucket}";

    /// <inheritdoc/>
    public async Task<ObjectPage> ListAsync(string prefix, string? continuation, CancellationToken stop)
    {
        var page = await client.ListObjectsV2Async(
            new ListObjectsV2Request
            {
                BucketName = bucket,
                Prefix = prefix,
                ContinuationToken = continuation,
            },
            stop
        );
        return new ObjectPage(
            [.. (page.S3Objects ?? []).Select(item => (item.Key, item.Size ?? 0))],
            page.IsTruncated == true ? page.NextContinuationToken : null
        );
    }

    /// <inheritdoc/>
    public async Task<ObjectContent> GetAsync(ObjectRequest request, CancellationToken stop)
    {
        var get = new GetObjectRequest
        {
            BucketName = bucket,
            Key = request.Key,
            EtagToMatch = request.Version,
        };
        if (request.Range is { } range)
            get.ByteRange = new ByteRange(range);
        var response = await client.GetObjectAsync(get, stop);
        if (request.From > 0 && response.HttpStatusCode != HttpStatusCode.PartialContent)
        {
            response.Dispose();
            throw new StoreException(StoreFault.Unreadable, "the store gives whole objects only, and no ranges");
        }

        return new ObjectContent(
            response.ResponseStream,
            response.ContentLength,
            ObjectContent.SizeOf(response.ContentRange) ?? response.ContentLength,
            response.ETag
        );
    }

    /// <inheritdoc/>
    public StoreException FaultOf(Exception failure)
    {
        if (failure is not AmazonServiceException { StatusCode: >= HttpStatusCode.Continue } refused)
            return failure is AmazonClientException
                // Such as content whose hash is not that of its ETag.
                ? new StoreException(StoreFault.Unavailable, HttpFaults.OneLine(failure.Message), failure)
                : HttpFaults.Of(failure);
        var code = refused.ErrorCode ?? "";
        var fault = HttpFaults.Of((int)refused.StatusCode);
        if (OfCredentials.Contains(code))
            fault = StoreFault.Credentials;
        else if (OfOverload.Contains(code))
            fault = StoreFault.Unavailable;
        return new StoreException(
            fault,
            HttpFaults.OneLine($"{(int)refused.StatusCode} {code}: {refused.Message}"),
            failure
        );
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();
}
