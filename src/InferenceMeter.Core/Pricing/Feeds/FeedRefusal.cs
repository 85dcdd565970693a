using System.Net;

namespace InferenceMeter.Pricing.Feeds;

/// <summary>The service answered, but not with a price.</summary>
internal sealed class FeedRefusal(HttpStatusCode status, TimeSpan? retryAfter) : Exception
{
    /// <summary>What it answered.</summary>
    public HttpStatusCode Status => status;

    /// <summary>How long it asks to wait, 0 or more; <see langword="null"/> when it does not say.</summary>
    public TimeSpan? RetryAfter => retryAfter;

    /// <summary>Whether the same question may be answered later.</summary>
    public bool MayPass =>
        status
            is HttpStatusCode.TooManyRequests
                or HttpStatusCode.RequestTimeout
                or >= HttpStatusCode.InternalServerError;
}
