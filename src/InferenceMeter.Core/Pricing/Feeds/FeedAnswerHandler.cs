namespace InferenceMeter.Pricing.Feeds;

/// <summary>
/// Lets through only whole answers of the host that was asked. It stands below the retries, so that a body that breaks
/// off, or takes too long, is one try that failed.
/// </summary>
internal sealed class FeedAnswerHandler(TimeProvider time) : DelegatingHandler
{
    private const int MaxPageBytes = 8 * 1024 * 1024;

    /// <inheritdoc/>
    /// <exception cref="FeedRefusal">The service refuses.</exception>
    /// <exception cref="PriceException">It is another host's answer, or too large.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var asked = request.RequestUri!;
        var answer = await base.SendAsync(request, cancellationToken);
        try
        {
            // A redirect that was followed must not lead away.
            if (answer.RequestMessage?.RequestUri is { } from && !FeedHttp.IsSameServer(from, asked))
                throw new PriceException(
                    $"{asked.Host} sent us on to {FeedText.OneLine(from.Host)}, which is not asked; check the address "
                        + "of the price service"
                );
            if (!answer.IsSuccessStatusCode)
                throw new FeedRefusal(answer.StatusCode, RetryAfter(answer));
            // Counted as they are read: the length in the header may be absent, a lie, or that of compressed bytes.
            await answer.Content.LoadIntoBufferAsync(MaxPageBytes, cancellationToken);
            return answer;
        }
        catch (HttpRequestException large) when (large.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            answer.Dispose();
            throw new PriceException(
                $"{asked.Host} answered with more than {MaxPageBytes / 1024 / 1024} MB for one page, which no price "
                    + "needs; check the address of the price service",
                large
            );
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    private TimeSpan? RetryAfter(HttpResponseMessage answer)
    {
        var after = answer.Headers.RetryAfter?.Delta ?? answer.Headers.RetryAfter?.Date - time.GetUtcNow();
        return after < TimeSpan.Zero ? TimeSpan.Zero : after;
    }
}
