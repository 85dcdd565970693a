namespace InferenceMeter.Pricing.Clouds;

/// <summary>
/// Reads bodies to their end below the retries, so that one that breaks off is a try that failed.
/// </summary>
/// <param name="maxBytes">The longest body that is read; a longer one fails with
/// <see cref="HttpRequestError.ConfigurationLimitExceeded"/>.</param>
internal sealed class WholeBodyHandler(int maxBytes) : DelegatingHandler
{
    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var answer = await base.SendAsync(request, cancellationToken);
        try
        {
            await answer.Content.LoadIntoBufferAsync(maxBytes, cancellationToken);
            return answer;
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }
}
